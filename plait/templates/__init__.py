"""Templates: workflows to copy, with parameters that have types.

A template is a workflow that compiles as it stands. Its parameters are constants of it: what a copy says for them
stands under the copy's `vars`. So there is no second language to fill them in, and a template is tested as any
workflow is. Those that come with Plait are folders beside this file.
"""

from plait.templates.copying import copy_of
from plait.templates.model import Template, check_parameters
from plait.templates.shipped import shipped

__all__ = ["Template", "check_parameters", "copy_of", "shipped"]
