"""What a row found, and how it is shown."""

import statistics


class Result:
    """One line of the table: a bar, what was measured, and whether it was met (None where there is no bar)."""

    def __init__(self, row, work, bar, measured, met, **details):
        self.row, self.work, self.bar, self.measured, self.met = row, work, bar, measured, met
        # Plain numbers and lists, for results.json.
        self.details = details

    def as_json(self):
        return {
            "row": self.row,
            "work": self.work,
            "bar": self.bar,
            "measured": self.measured,
            "met": self.met,
            "details": self.details,
        }


def median(values):
    return statistics.median(values)


def table(results):
    """A Markdown table of results as JSON objects."""
    lines = ["| work | bar | measured | met |", "|---|---|---|---|"]
    for result in results:
        met = {True: "yes", False: "**no**", None: "-"}[result["met"]]
        lines.append(f"| {result['work']} | {result['bar']} | {result['measured']} | {met} |")
    return "\n".join(lines)
