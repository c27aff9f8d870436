import type { OpenApi, Operation } from './openapi.ts';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  td { padding: .25rem .75rem .25rem 0; vertical-align: top; border-top: 1px solid #8884; }
  td:first-child { width: 4.5rem; font-weight: 600; }
  code { font-size: .93em; overflow-wrap: anywhere; }
  small { opacity: .75; }
  :root { color-scheme: light dark; }
`;

/** The API's documentation for people: all routes with what they do, and what a body has. */
export function apiPage({ info, paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0]))];
  const sections = tags.map((tag) => {
    const rows = operations.filter(({ operation }) => operation.tags[0] === tag).map(rowOf);
    return `<h2>${escaped(tag)}</h2>\n<table>\n${rows.join('\n')}\n</table>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${escaped(info.title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escaped(info.title)}</h1>
<p>Version ${escaped(info.version)}. ${escaped(info.description)}
For programs: <a href="/api/openapi.json">openapi.json</a>.</p>
<p>Lists take <code>page</code>, <code>page_size</code>, <code>name</code>, <code>use_regex</code>, <code>sort</code>,
<code>sort_reverse</code> and <code>columns</code>.</p>
${sections.join('\n')}
</body>
</html>
`;
}

function rowOf({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const schema = operation.requestBody?.content['application/json'].schema;
  const fields = Object.keys(schema?.properties ?? {});
  const inAddress = operation.parameters.filter((parameter) => parameter.in === 'query');
  const named = [
    ...inAddress.map(({ name }) => `[?${name}]`),
    ...fields.map((field) => (schema?.required?.includes(field) ? field : `[${field}]`)),
  ];
  const body = named.length === 0 ? '' : `<br><small>${escaped(named.join(', '))}</small>`;
  const summary = escaped(operation.summary);
  return `<tr><td>${method}</td><td><code>${escaped(path)}</code></td><td>${summary}${body}</td></tr>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
