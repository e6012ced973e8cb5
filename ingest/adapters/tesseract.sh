#!/bin/sh
# Where the wrapper was until 0.2: workers that were started before an upgrade still start it here.
exec "$(dirname "$0")/tesseract/tesseract.sh" "$@"
