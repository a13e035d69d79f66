"""What a document may name here: node types and tools, as the workers publish them."""
