// What Prometheus is told, as far as the page shows it.
import { reach } from "./api.js";

export async function metrics() {
  const answer = await reach("/metrics");
  const lines = answer.ok ? (await answer.text()).split("\n") : [];
  const values = new Map(lines.filter((line) => line && !line.startsWith("#")).map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
  return {
    documents: (status) => values.get(`bandeja_documents_total{status="${status}"}`) ?? 0,
    // Why work does not go on: "asked", "disk", or nothing.
    halted: () => [...values.keys()].find((name) => name.startsWith("bandeja_work_halted{"))?.match(/reason="(\w+)"/)?.[1] ?? "",
    oldest: () => values.get("bandeja_oldest_waiting_seconds") ?? 0,
  };
}
