export function ImportsRoute() {
  return <h1>Imports</h1>;
}
