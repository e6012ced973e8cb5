// The files of what was dropped, chosen or pasted; folders are walked.
export async function droppedFiles(transfer) {
  // Entries must be asked for before anything is awaited: the browser empties the list then.
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => [item.webkitGetAsEntry?.(), item.getAsFile()]);
  const files = [];
  const emptyFolders = [];
  for (const [entry, file] of entries) {
    if (entry?.isDirectory) {
      const inside = await walked(entry);
      if (inside.length) files.push(...inside);
      else emptyFolders.push(entry.name);
    } else if (file) {
      files.push(file);
    }
  }
  return { files, emptyFolders };
}

async function walked(folder) {
  const reader = folder.createReader();
  const files = [];
  for (;;) {
    // A call gives a hundred at most.
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return files;
    for (const entry of entries) {
      if (entry.isDirectory) files.push(...(await walked(entry)));
      else if (!entry.name.startsWith(".")) files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    }
  }
}
