// Connects the view with the server that sent this page. A scene in the address (#scene=…), or two, are opened.
import { asked } from "./address";
import view from "./playground.js";
import { socketModel } from "./socket";

const { scene, pair } = asked(location.hash);
if (scene !== undefined) history.replaceState(null, "", location.pathname); // a reload keeps what was done since
const model = socketModel(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket`);
view.render({ model: { ...model, scene, pair }, el: document.getElementById("playground")! });
