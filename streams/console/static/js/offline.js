// Lets the page be opened without a network, by its worker (sw.js), until its person logs out. Browsers
// allow it by TLS and on this very machine.

// Another version is another worker, which takes the page's files anew.
export function keep(version) {
  const address = `/static/sw.js?${encodeURIComponent(version ?? "")}`;
  const worker = navigator.serviceWorker?.register(address, { scope: "/" });
  worker?.catch((error) => console.info(error.message));
}

export async function forget() {
  const worker = await navigator.serviceWorker?.getRegistration("/");
  await worker?.unregister();
  await globalThis.caches?.delete("shell");
}
