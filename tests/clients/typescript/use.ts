// What a program that uses the generated client looks like: save, start, wait, read. Prints the run's output.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const api = createClient<paths>({ baseUrl: process.argv[2] });

const saved = await api.POST("/api/v1/workflows", {
  body: {
    plait: 1,
    slug: "from-typescript",
    nodes: [{ id: "greet", type: "transform", with: { value: "Hello {{ input.name }}" } }],
  },
});
if (saved.error) throw new Error(saved.error.detail);

const started = await api.POST("/api/v1/workflows/{ref}/run", {
  params: { path: { ref: saved.data.slug }, query: { wait: 30 } },
  body: { input: { name: "TypeScript" }, on_conflict: "reject", environment: "dev", start: "now", debug: false },
});
if (started.error) throw new Error(started.error.detail);

const run: components["schemas"]["Run"] = started.data;
if (run.status !== "completed") throw new Error(`the run is ${run.status}`);

const refused = await api.POST("/api/v1/workflow_runs/{run_id}/cancel", {
  params: { path: { run_id: run.id } },
  body: { reason: "too late" },
});
console.log(JSON.stringify({ output: run.output, refused: refused.error?.code }));
