"""How a pupil says something: clauses, sentences and set phrases."""
