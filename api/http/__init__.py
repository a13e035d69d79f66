"""What every route shares: who may enter, how bodies are read, how answers, pages and problems look."""
