"""The workflow language as a JSON Schema (2020-12): what editors complete, explain and underline.

It says of a document's shape what the models and the catalogue say. What only the compiler can know
(where an edge leads, what an expression reads) it lets pass: whatever compiles, it accepts.
"""
