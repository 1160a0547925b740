// Starts GraphiQL with the token, purpose and case number of this tab; subscriptions go through graphql-transport-ws.
// The next value to send with every request is a name in FIELDS, used in `headers` and `initial`.
(function () {
  "use strict";
  const FIELDS = ["token", "purpose", "case"];
  const endpoint = new URL("graphql", location.href);
  const address = new URLSearchParams(location.search);

  // sessionStorage: gone with the tab, never sent by the browser on its own
  const kept = (name) => sessionStorage.getItem("exchange." + name) || "";
  const bearer = () => "Bearer " + kept("token").replace(/^Bearer\s+/i, "");

  function headers(extra) {
    const sent = { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json;q=0.9", ...extra };
    if (kept("token")) sent.Authorization = bearer();
    if (kept("purpose")) sent["Exchange-Purpose"] = encodeURIComponent(kept("purpose"));
    if (kept("case")) sent["Exchange-Case"] = encodeURIComponent(kept("case"));
    return sent;
  }

  function initial() {
    const payload = { purpose: kept("purpose"), caseNumber: kept("case") };
    if (kept("token")) payload.Authorization = bearer();
    return payload;
  }

  const socketAddress = new URL(endpoint);
  socketAddress.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
  const socket = graphqlWs.createClient({ url: socketAddress.href, connectionParams: initial, lazy: true, retryAttempts: 3 });

  async function ask(parameters, options) {
    const response = await fetch(endpoint, { method: "POST", headers: headers(options && options.headers), body: JSON.stringify(parameters) });
    return response.json();
  }

  function isSubscription(parameters, options) {
    const definitions = (options && options.documentAST && options.documentAST.definitions) || [];
    return definitions.some((node) => node.operation === "subscription" && (!parameters.operationName || (node.name && node.name.value === parameters.operationName)));
  }

  function fetcher(parameters, options) {
    return isSubscription(parameters, options) ? socket.iterate(parameters) : ask(parameters, options);
  }

  function keep(event) {
    event.preventDefault();
    for (const name of FIELDS) sessionStorage.setItem("exchange." + name, document.getElementById(name).value.trim());
    location.reload(); // the schema is read again as the new caller
  }

  for (const name of FIELDS) document.getElementById(name).value = kept(name);
  document.getElementById("access").addEventListener("submit", keep);
  document.getElementById("state").textContent = kept("token") ? "令牌已保存在本标签页" : "请先粘贴访问令牌";

  // tabs and history may hold an ID number in a variable: they too go with the tab
  const settings = { fetcher, storage: sessionStorage, shouldPersistHeaders: false, defaultQuery: "# Ctrl+Enter\n{\n  __typename\n}\n" };
  if (address.get("query")) settings.query = address.get("query");
  if (address.get("variables")) settings.variables = address.get("variables");
  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, settings));
})();
