"""A picture as Mermaid."""

from plait.drawing.mermaid import mermaid
from tests.unit.plait.drawing.pictures import a_picture, with_bodies


def test_bodies_are_subgraphs_at_any_depth() -> None:
    assert (
        mermaid(with_bodies(), "Bodies")
        == """\
flowchart TD
  accTitle: Bodies
  accDescr: 7 nodes and 4 edges. It begins with fetch and ends with publish.
  n_fetch("<b>fetch</b><br/>tool_call")
  subgraph n_each["<b>each</b> map <i>when 1 #60; 2</i>"]
    direction TB
    n_split("<b>split</b><br/>tool_call")
    subgraph n_refine["<b>refine</b> loop"]
      direction TB
      n_draft("<b>draft</b><br/>tool_call")
      n_judge("<b>judge</b><br/>tool_call")
      n_draft --> n_judge
    end
    n_split --> n_refine
  end
  n_publish("<b>publish</b><br/>tool_call")
  n_fetch --> n_each
  n_each --> n_publish
"""
    )


def test_outcomes_guards_and_types_are_told() -> None:
    drawn = mermaid(
        a_picture(
            "route -[good]-> sign; route -[poor]-> stop; sign -[approved]-> send; sign -[error]-> stop",
            nodes={
                "route": {"type": "condition", "with": {"cases": [{"name": "good", "when": True}], "default": "poor"}},
                "sign": {"type": "human_gate", "name": "Sign off"},
                "stop": {"type": "end", "with": {}, "join": {"mode": "any"}},
            },
        ),
        "Types",
    )
    assert '  n_route{{"<b>route</b><br/>condition"}}:::is_decision\n' in drawn
    assert '  n_sign[/"<b>Sign off</b><br/>human_gate · sign"/]:::is_gate\n' in drawn
    assert '  n_stop(["<b>stop</b><br/>end · any"]):::is_end\n' in drawn
    assert '  n_route -->|"good"| n_sign\n' in drawn
    assert '  n_sign -.->|"error"| n_stop\n' in drawn
    assert drawn.count("classDef") == 3


def test_text_of_a_document_cannot_become_mermaid_or_html() -> None:
    name = 'end"] --> x; <script>#quot;\n%% `a`'
    drawn = mermaid(a_picture("a -> b", nodes={"a": {"name": name}}), f"{name} {{x}}")
    line = next(line for line in drawn.splitlines() if line.startswith("  n_a("))
    assert line == (
        '  n_a("<b>end#34;#93; --#62; x#59; #60;script#62;#35;quot#59; %% #96;a#96;</b><br/>tool_call · a")'
    )
    assert "<script>" not in drawn


def test_ten_thousand_nodes_are_a_chart() -> None:
    nodes = {f"n{number}": {} for number in range(10_000)}
    edges = [{"from": f"n{number}", "to": f"n{number + 1}"} for number in range(9_999)]
    assert mermaid(a_picture(nodes=nodes, edges=edges), "Large").count("-->") == 9_999
