"use strict";
// Starts GraphiQL on this server's /graphql. The key that people type into the headers stays in this page: GraphiQL
// is told not to keep headers, so that no credential lies in the browser's storage.

const query = `# Welcome to Steward.
#
# Open "Headers" below and put your API key or
# session token behind "Bearer ".
#
# Ctrl-Enter runs a query, Ctrl-Space shows what can
# stand at the cursor, the book at the left holds the
# documentation.
#
# This query needs no credential.

query WhatCanBeAsked {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

const fetcher = GraphiQL.createFetcher({
  url: "/graphql",
  headers: { Accept: "application/graphql-response+json" },
});

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: query,
    defaultHeaders: '{\n  "Authorization": "Bearer "\n}',
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
  }),
);
