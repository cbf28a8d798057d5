import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

const checkout = join(__dirname, "..");

const { peerDependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));

/** Stay outside: what the program or the SDK loads anyway, and must have once, and what is not JavaScript. */
const external = [...Object.keys(peerDependencies), "google-protobuf", "@node-rs/bcrypt"];

/** A file that reads others beside it finds them from the bundle: they stay where they are in the package. */
const places: Plugin = {
  name: "places",
  setup({ onLoad }) {
    onLoad({ filter: /\/components\/.*\.ts$/ }, ({ path }) => {
      const folder = `(__dirname + ${JSON.stringify(`/${relative(checkout, dirname(path))}`)})`;
      return { contents: readFileSync(path, "utf8").replaceAll("__dirname", folder), loader: "ts" };
    });
  },
};

/**
 * Makes `dist/index.js` one file, of the library and the small libraries that it uses: reading some 250 files takes Node.js longer than all else that a program does
 * which changes nothing. The licences of what is in it lie beside it.
 */
async function bundle(): Promise<void> {
  const outfile = join(checkout, "dist", "index.js");
  const { metafile } = await build({
    entryPoints: [join(checkout, "index.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // Of ES modules what nobody uses is left out.
    mainFields: ["module", "main"],
    external,
    plugins: [places],
    metafile: true,
    logLevel: "warning",
  });
  const inside = Object.keys(metafile.inputs).map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  const licences = [...new Set(inside)].filter((folder) => folder !== undefined).map((folder) => licence(folder));
  writeFileSync(`${outfile}.LICENSES.txt`, licences.join("\n\n"));
}

/** What a package's licence asks to be passed on. */
function licence(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`;
}

void bundle();
