#!/bin/sh
# Tesseract as we run it: on one thread (two threads a page take eight times as long), within limits on memory and CPU
# time, and dead when its parent is, also after kill -9. `tesseract` is looked up on PATH at every call.
# Ctrl-C and a hang-up are for the worker, which lets the page finish.
trap '' INT QUIT HUP
export OMP_THREAD_LIMIT=1
ulimit -c 0
[ -z "$TESSERACT_MEMORY_KB" ] || ulimit -v "$TESSERACT_MEMORY_KB"
[ -z "$TESSERACT_CPU_SECONDS" ] || ulimit -S -t "$TESSERACT_CPU_SECONDS"
bound=
if command -v setpriv >/dev/null; then
    bound="setpriv --pdeathsig KILL"
fi
if [ -n "$TESSERACT_WALL_SECONDS" ] && command -v timeout >/dev/null; then
    # It leads a process group of its own and ends all of it: also what a `tesseract` that is a script has started.
    exec $bound timeout -s KILL "$TESSERACT_WALL_SECONDS" $bound tesseract "$@"
fi
exec $bound tesseract "$@"
