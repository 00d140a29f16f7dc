"""Changing texts on purpose, to see what a grader looks at."""
