#!/bin/sh
# Tesseract as we run it: on one thread (two threads a page take eight times as long), within limits on memory and CPU
# time, without the worker's environment, which holds secrets, and dead when its parent is, also after kill -9.
# `tesseract` is looked up on PATH at every call.
# Ctrl-C and a hang-up are for the worker, which lets the page finish.
trap '' INT QUIT HUP
ulimit -c 0
[ -z "$TESSERACT_MEMORY_KB" ] || ulimit -v "$TESSERACT_MEMORY_KB"
[ -z "$TESSERACT_CPU_SECONDS" ] || ulimit -S -t "$TESSERACT_CPU_SECONDS"
# From here on the command is built from its end.
set -- tesseract "$@"
if command -v setpriv >/dev/null; then
    set -- setpriv --pdeathsig KILL --no-new-privs "$@"
fi
if [ -n "$TESSERACT_WALL_SECONDS" ] && command -v timeout >/dev/null; then
    # It leads a process group of its own and ends all of it: also what a `tesseract` that is a script has started.
    set -- timeout -s KILL "$TESSERACT_WALL_SECONDS" "$@"
fi
if [ -n "$TESSERACT_PYTHON" ]; then
    # It reaches no network and no process outside; -I -S, because only its own few imports are wanted.
    set -- "$TESSERACT_PYTHON" -I -S "$(dirname "$0")/confined.py" "$@"
fi
if command -v setpriv >/dev/null; then
    set -- setpriv --pdeathsig KILL "$@"
fi
exec env -i PATH="$PATH" LANG=C.UTF-8 OMP_THREAD_LIMIT=1 \
    ${TMPDIR:+"TMPDIR=$TMPDIR"} \
    ${TESSDATA_PREFIX:+"TESSDATA_PREFIX=$TESSDATA_PREFIX"} \
    ${LD_LIBRARY_PATH:+"LD_LIBRARY_PATH=$LD_LIBRARY_PATH"} \
    ${TESSERACT_CPU_SECONDS:+"TESSERACT_CPU_SECONDS=$TESSERACT_CPU_SECONDS"} \
    "$@"
