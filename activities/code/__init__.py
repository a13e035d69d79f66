"""The node `code`: a program in a subset of Python, run where it reaches nothing but its inputs."""
