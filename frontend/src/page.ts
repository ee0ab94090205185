// Connects the view with the server that sent this page. A scene in the address (#scene=…) is opened.
import view from "./playground.js";
import { socketModel } from "./socket";

function sceneInAddress(): unknown {
  const found = /^#scene=([\w-]+)$/.exec(location.hash);
  if (!found) return undefined;
  try {
    const bytes = Uint8Array.from(atob(found[1].replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // an address that was cut off
  }
}

const scene = sceneInAddress();
if (scene !== undefined) history.replaceState(null, "", location.pathname); // a reload keeps what was done since
const model = socketModel(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket`);
view.render({ model: { ...model, scene }, el: document.getElementById("playground")! });
