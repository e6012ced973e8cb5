#!/bin/sh
# Tesseract as we run it: on one thread (two threads a page take eight times as long), and dead when its parent is,
# also after kill -9. `tesseract` is looked up on PATH at every call.
# Ctrl-C and a hang-up are for the worker, which lets the page finish.
trap '' INT QUIT HUP
export OMP_THREAD_LIMIT=1
if command -v setpriv >/dev/null; then
    exec setpriv --pdeathsig KILL tesseract "$@"
fi
exec tesseract "$@"
