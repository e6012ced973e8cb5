"""What the kernel lets a program give up for good: system calls, the file system, its user."""
