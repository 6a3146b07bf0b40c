// Just enough of a document for what `dom.js` calls, so that rendering can be looked at without a browser.

class FakeNode extends EventTarget {
  constructor(tag, text = null) {
    super();
    this.tag = tag;
    this.text = text;
    this.attributes = {};
    this.dataset = {};
    this.children = [];
    this.style = { setProperty: (name, value) => (this.attributes[name] = value) };
    this.classList = { add: (name) => (this.attributes.class += ` ${name}`) };
  }

  append(...children) {
    this.children.push(
      ...children.map((child) => (typeof child === 'string' ? new FakeNode(null, child) : child)),
    );
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  removeAttribute(name) {
    delete this.attributes[name];
  }

  get textContent() {
    return this.text ?? this.children.map((child) => child.textContent).join('');
  }

  /** All elements with this tag, itself included. */
  all(tag) {
    return [...(this.tag === tag ? [this] : []), ...this.children.flatMap((child) => child.all(tag))];
  }
}

/** Puts the document in place; every element that is made stays an object of this file. */
export function installDocument() {
  globalThis.document = {
    createElement: (tag) => new FakeNode(tag),
    createElementNS: (_, tag) => new FakeNode(tag),
    createTextNode: (text) => new FakeNode(null, text),
  };
}

/** An element that holds these nodes. */
export function holding(nodes) {
  const root = new FakeNode('root');
  root.append(...nodes);
  return root;
}
