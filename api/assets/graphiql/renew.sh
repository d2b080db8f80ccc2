#!/bin/sh
# Fetches the named versions from npm again and writes the files of this folder. Needs npm, node and gzip.
# After a change of versions: run it, open /graphiql in a browser, look for refused contents in its console.
set -eu
graphiql=3.8.3
react=18.3.1
esbuild=0.25.12

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts=false \
    "graphiql@$graphiql" "react@$react" "react-dom@$react" "esbuild@$esbuild" "graphql@16"
modules="$work/node_modules"

# The distributed script isn't minified. Licence comments are kept at its end.
npx esbuild "$modules/graphiql/graphiql.min.js" --minify --charset=utf8 --legal-comments=eof --log-level=error --outfile=graphiql.js
# The style sheet carries fonts inside; the system's own fonts are enough, and need no further licences.
node -e '
const fs = require("fs");
const css = fs.readFileSync(process.argv[1], "utf8").replace(/@font-face\s*\{[^}]*\}/g, "");
fs.writeFileSync("graphiql.css", css);
' "$modules/graphiql/graphiql.min.css"
npx esbuild graphiql.css --minify --log-level=error --outfile=graphiql.min.css
cp "$modules/react/umd/react.production.min.js" react.js
cp "$modules/react-dom/umd/react-dom.production.min.js" react-dom.js

gzip -9 -n -c graphiql.js >"$here/graphiql.js.gz"
gzip -9 -n -c graphiql.min.css >"$here/graphiql.css.gz"
gzip -9 -n -c react.js >"$here/react.js.gz"
gzip -9 -n -c react-dom.js >"$here/react-dom.js.gz"
cp "$modules/graphiql/LICENSE" "$here/LICENSE-graphiql"
cp "$modules/react/LICENSE" "$here/LICENSE-react"
