// Shows the API's description, from this console alone. What is asked from here is asked by the
// reader's own session, so that it may read and not act: requests that change something are not sent.

if (globalThis.SwaggerUIBundle) {
  globalThis.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    filter: true,
    supportedSubmitMethods: ["get", "head"],
    // Would send the description to a validator elsewhere.
    validatorUrl: null,
    withCredentials: true,
  });
} else {
  document.getElementById("missing").hidden = false;
}
