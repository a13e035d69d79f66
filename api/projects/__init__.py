"""A whole project: taken out as files, and put in again."""
