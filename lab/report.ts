/** One thing that was shown to work. */
export interface Proof {
  what: string;
  passed: boolean;
  /** What was seen. */
  detail: string;
  seconds: number;
}

/** What the demo found out. */
export interface DemoReport {
  proofs: Proof[];
  logins: { address: string; password: string }[];
  /** Addresses of the machine. */
  machine: string;
  seconds: number;
}

/** The report as one HTML page without anything from elsewhere. */
export function renderPage(report: DemoReport): string {
  const rows = report.proofs.map(
    ({ what, passed, detail, seconds }) =>
      `<tr class="${passed ? "yes" : "no"}"><td>${passed ? "✓" : "✗"}</td><td>${escapeHtml(what)}</td><td>${escapeHtml(detail)}</td><td>${seconds.toFixed(1)} s</td></tr>`,
  );
  const logins = report.logins.map(
    ({ address, password }) => `<tr><td>${escapeHtml(address)}</td><td><code>${escapeHtml(password)}</code></td></tr>`,
  );
  const failed = report.proofs.filter(({ passed }) => !passed).length;
  const verdict =
    failed === 0 ? `All ${report.proofs.length} proofs hold` : `${failed} of ${report.proofs.length} proofs failed`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pulumi-mailserver: ${verdict}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 3rem auto; padding: 0 1rem; color: #1c2430; background: #fff }
  h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin-top: 2rem } p { margin-top: .2rem; color: #566 }
  table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid #e3e7ec; vertical-align: top }
  td:last-child { white-space: nowrap; color: #566 } .yes td:first-child { color: #157f3b } .no td { color: #b3261e } code { font-size: .95em }
</style>
<h1>${verdict}</h1>
<p>mail.example.org on ${escapeHtml(report.machine)}; the whole demo took ${report.seconds.toFixed(0)} s</p>
<h2>What was proved</h2>
<table>${rows.join("\n")}</table>
<h2>How to log in</h2>
<p>mail.example.org: IMAP 993, SMTP 465, all TLS; from inside the lab</p>
<table>${logins.join("\n")}</table>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
