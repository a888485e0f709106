// Puts HTML into pages as web readers do, does what people do there, and tells what came of it.
"use strict";

const EVENTS = ("click dblclick auxclick contextmenu mousedown mouseup mouseover mouseenter mousemove mouseout pointerdown"
  + " pointerenter pointerover pointerrawupdate touchstart wheel keydown keyup focus focusin blur input change select"
  + " submit reset toggle beforetoggle load error loadstart canplay animationstart animationend transitionend begin end"
  + " start finish bounce scroll scrollend resize drag dragstart drop copy cut paste pageshow message cuechange slotchange"
  + " cancel close contentvisibilityautostatechange").split(" ");

const PAGE = "<!doctype html><html><head><title>reader</title></head><body><main id=place></main></body></html>";

function writtenDocument(start) {
  return (frame, html) => {
    const page = frame.contentDocument;
    page.open();
    page.write(start + html);
    page.close();
  };
}

function intoPage(put) {
  return (frame, html) => {
    writtenDocument("")(frame, PAGE);
    put(frame.contentDocument.getElementById("place"), html, frame.contentDocument);
  };
}

const WAYS = {
  "innerHTML of a div": intoPage((place, html) => { place.innerHTML = html; }),
  "innerHTML of a table cell": intoPage((place, html) => {
    place.innerHTML = "<table><tbody><tr><td></td></tr></tbody></table>";
    place.querySelector("td").innerHTML = html;
  }),
  "innerHTML of a paragraph, read again": intoPage((place, html) => {
    place.innerHTML = "<p></p>";
    place.firstChild.innerHTML = html;
    place.innerHTML = place.innerHTML;
    place.innerHTML = place.innerHTML;
  }),
  "setHTMLUnsafe": intoPage((place, html) => {
    if (place.setHTMLUnsafe) place.setHTMLUnsafe(html); else place.innerHTML = html;
  }),
  "fragment that runs scripts": intoPage((place, html, page) => {
    const range = page.createRange();
    range.selectNode(place);
    place.appendChild(range.createContextualFragment(html));
  }),
  "DOMParser": intoPage((place, html, page) => {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    place.append(...[...parsed.head.childNodes, ...parsed.body.childNodes].map((node) => page.adoptNode(node)));
  }),
  "document.write": writtenDocument("<!doctype html><body><div>"),
  "document.write in quirks mode": writtenDocument("<table><tr><td>"),
};

function pages(window) {
  const inner = Array.from({ length: window.length }, (_, place) => window[place]);
  return [window, ...inner.flatMap((each) => { try { return pages(each); } catch { return []; } })];
}

function ran(frame) {
  return pages(frame.contentWindow).some((each) => { try { return each.pwned !== undefined; } catch { return false; } });
}

// Clicks what leads somewhere on the web without going there; whatever else a click does, it does.
function held(page) {
  page.defaultView.addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node.href !== undefined && node.protocol);
    if (link && ["http:", "https:", "mailto:"].includes(link.protocol)) event.preventDefault();
  });
  page.defaultView.addEventListener("submit", (event) => {
    if (!String(event.target.action).startsWith("javascript:")) event.preventDefault();
  });
}

function used(page) {
  held(page);
  const elements = [...page.querySelectorAll("*")];
  for (const element of elements) {
    if (element.localName === "details" || element.localName === "dialog") element.open = true;
  }
  for (const element of elements) {
    for (const name of EVENTS) element.dispatchEvent(new Event(name, { cancelable: true }));
    if (element.tabIndex >= 0) element.focus({ preventScroll: true });
    if (element.click && element.localName !== "summary") element.click();
  }
}

// Everything that is there, as "element attribute"; of addresses also where the browser would go.
function inventory(page, root) {
  const found = new Set();
  for (const element of root.querySelectorAll("*")) {
    const name = element.namespaceURI === "http://www.w3.org/1999/xhtml" ? element.localName : element.nodeName + " (foreign)";
    found.add(name);
    for (const attribute of element.attributes) found.add(`${name} ${attribute.name}`);
    if (element.href !== undefined) found.add(`goes to ${new URL(element.href, page.baseURI).protocol}`);
    if (element.shadowRoot) found.add(`${name} with a shadow`);
  }
  return [...found];
}

const pause = (time) => new Promise((done) => setTimeout(done, time));

// Each text in a frame of its own. Gives the places of those that set window.pwned.
async function fired(texts, way) {
  const frames = texts.map((text) => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    try { WAYS[way](frame, text); } catch { /* a page that took itself away; it counts if it ran */ }
    return frame;
  });
  await pause(200);
  for (const frame of frames) {
    try { used(frame.contentDocument); } catch { /* the same */ }
  }
  await pause(300);
  const places = frames.flatMap((frame, place) => (ran(frame) ? [place] : []));
  frames.forEach((frame) => frame.remove());
  return places;
}

// As many texts as go into one page, each in a div, one page per way; gives what is there, and the texts of pages where
// something ran or that read otherwise when they are read again.
async function shown(texts, way, together) {
  const frames = [];
  for (let from = 0; from < texts.length; from += together) {
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.texts = texts.slice(from, from + together);
    WAYS[way](frame, frame.texts.map((text) => `<div>${text}</div>`).join("\n"));
    frames.push(frame);
  }
  await pause(200);
  const there = new Set();
  for (const frame of frames) {
    const page = frame.contentDocument;
    const root = page.getElementById("place") || page.body;
    inventory(page, root).forEach((each) => there.add(each));
    if (page.head.querySelector("*:not(title)")) there.add("something in the head");
    used(page);
  }
  await pause(200);
  const bad = frames.filter(ran).flatMap((frame) => frame.texts);
  frames.forEach((frame) => frame.remove());
  return { there: [...there], ran: bad };
}

// Texts that a browser writes otherwise than it reads them.
function unsettled(texts) {
  const first = document.createElement("div");
  const second = document.createElement("div");
  return texts.filter((text) => {
    first.innerHTML = text;
    second.innerHTML = first.innerHTML;
    return second.innerHTML !== first.innerHTML || !first.isEqualNode(second);
  });
}
