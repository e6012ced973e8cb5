"""The numbers as a picture: CPU seconds a page and errors, side by side for each kind of scan."""

from pathlib import Path
from typing import Any

_COLOURS = {
    "bare tesseract": "#8a8f98",
    "OCRmyPDF": "#d9a441",
    "Bandeja, reading alone": "#2f6f9f",
}


def draw(numbers: dict[str, Any], to: Path) -> None:
    """Write an SVG."""
    import matplotlib  # noqa: PLC0415  an optional extra

    matplotlib.use("svg")
    from matplotlib import pyplot  # noqa: PLC0415

    rows = [row for row in numbers["side_by_side"] if row["system"] in _COLOURS]
    kinds = list(dict.fromkeys(row["scans"] for row in rows))
    panels = (("cpu_a_page", "CPU seconds a page", 1.0, "{:.2f}"), ("errors", "characters wrong, %", 100.0, "{:.2f}"))
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 3.6), constrained_layout=True)
    for axis, (value, title, scale, form) in zip(axes, panels, strict=True):
        width = 0.8 / len(_COLOURS)
        for place, (system, colour) in enumerate(_COLOURS.items()):
            found = {row["scans"]: row[value] for row in rows if row["system"] == system}
            at = [index + (place - 1) * width for index, kind in enumerate(kinds) if kind in found]
            heights = [scale * found[kind] for kind in kinds if kind in found]
            bars = axis.bar(at, heights, width * 0.92, color=colour, label=system)
            axis.bar_label(bars, labels=[form.format(height) for height in heights], fontsize=8, padding=2)
        axis.set_xticks(range(len(kinds)), kinds)
        axis.set_title(title, fontsize=10, loc="left")
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(length=0)
        if value == "errors":
            axis.set_yscale("symlog", linthresh=0.1)
            axis.set_ylim(bottom=0)
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(_COLOURS), frameon=False, fontsize=9
    )
    figure.savefig(to)
    pyplot.close(figure)
