// Builds the page into the Python package. The built files are committed: nobody needs Node to use or test glassnet.
import { build, context } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";

const out = "../src/glassnet/playing/page/";
const common = { bundle: true, format: "esm", target: "es2022", minify: true, charset: "utf8", legalComments: "none" };
const tasks = [
  { ...common, entryPoints: ["src/playground.ts"], outfile: out + "playground.js" },
  { ...common, entryPoints: ["src/page.ts"], outfile: out + "page.js", external: ["./playground.js"] },
  { ...common, entryPoints: ["src/style.css"], outfile: out + "playground.css" },
];

await mkdir(out, { recursive: true });
for (const name of ["index.html", "icon.svg"]) await copyFile("src/" + name, out + name);
const { version } = JSON.parse(await readFile("node_modules/uplot/package.json", "utf8"));
const license = await readFile("node_modules/uplot/LICENSE", "utf8");
await writeFile(out + "licenses.txt", `playground.js and playground.css contain uPlot ${version}:\n\n${license.trim()}\n`);
if (process.argv.includes("--watch")) for (const task of tasks) await (await context(task)).watch();
else for (const task of tasks) await build(task);
