"""Words: synonyms on four levels, their forms, and the names that pupils mention."""
