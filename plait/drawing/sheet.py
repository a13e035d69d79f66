"""The colours and fonts of a drawing, for light and for dark surroundings."""

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "dim": "#57606a",
    "line": "#6e7781",
    "error": "#b62e24",
    "frame": "#8c959f",
    "inside": "#f6f8fa",
    "plain": "#f6f8fa",
    "activity": "#e4f5ea",
    "activity-line": "#2c7a4b",
    "model": "#f0e6ff",
    "model-line": "#7a4bd0",
    "decision": "#ddeaff",
    "decision-line": "#2f66c4",
    "gate": "#fff1cc",
    "gate-line": "#9a6700",
    "wait": "#dff3f5",
    "wait-line": "#1b7480",
    "end": "#ffe4e0",
    "end-line": "#b62e24",
}
DARK = {
    "paper": "#0d1117",
    "ink": "#e6edf3",
    "dim": "#9da7b3",
    "line": "#8b949e",
    "error": "#ff7b72",
    "frame": "#57606a",
    "inside": "#151b23",
    "plain": "#1c232c",
    "activity": "#12301f",
    "activity-line": "#4ac26b",
    "model": "#2a1d45",
    "model-line": "#b48cf2",
    "decision": "#132a4d",
    "decision-line": "#6ea8fe",
    "gate": "#3a2c07",
    "gate-line": "#d9a514",
    "wait": "#0c3238",
    "wait-line": "#45b8c4",
    "end": "#431814",
    "end-line": "#ff7b72",
}
COLOURED = ("activity", "model", "decision", "gate", "wait", "end")
FONTS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
)


def variables(colours: dict[str, str]) -> str:
    """Colours as CSS variables."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = "\n".join(
    [
        f"svg{{{variables(LIGHT)}color-scheme:light dark}}",
        f"@media (prefers-color-scheme:dark){{svg{{{variables(DARK)}}}}}",
        f"text{{font-family:{FONTS};text-anchor:middle;fill:var(--ink)}}",
        ".paper{fill:var(--paper)}",
        ".title{font-size:14px;font-weight:600}.kind{font-size:11px;fill:var(--dim)}",
        ".guard{font-size:11px;font-style:italic;fill:var(--dim)}",
        ".label,.on-way{paint-order:stroke;stroke:var(--around,var(--paper));stroke-width:4px;stroke-linejoin:round}",
        ".label{font-size:12px}.label.error{fill:var(--error)}.label.skipped{fill:var(--dim)}",
        ".left text{text-anchor:start}",
        ".box{fill:var(--plain);stroke:var(--frame);stroke-width:1.5}",
        ".mark{fill:none;stroke:var(--frame);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}",
        *(
            f".{name} .box{{fill:var(--{name});stroke:var(--{name}-line)}}.{name} .mark{{stroke:var(--{name}-line)}}"
            for name in COLOURED
        ),
        ".end>.box{stroke-width:3}",
        ".guarded>.box{stroke-dasharray:5 3}",
        ".body{--around:var(--inside)}.body>.box{fill:var(--inside)}",
        ".way{fill:none;stroke:var(--line);stroke-width:1.5;marker-end:url(#tip)}",
        ".way.error{stroke:var(--error);stroke-dasharray:6 4;marker-end:url(#error-tip)}",
        ".way.skipped{stroke-dasharray:2 4}",
        ".tip{fill:var(--line)}.error-tip{fill:var(--error)}",
    ]
)
