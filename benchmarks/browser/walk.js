/* What a person could use on the page now: of each kind, by name, and which of those called so. */
(() => {
  const NOT_OURS = [
    'stToolbar', 'stMainMenu', 'stElementToolbar', 'stFileUploader', 'stSidebarHeader',
    'stDownloadButton', 'stHeaderActionElements',
  ].map(name => `[data-testid="${name}"]`).join() + ', .vega-actions, .vega-embed summary';
  const KINDS = {
    menu: '[data-testid="stSidebarNavLink"]',
    choose: '[data-testid="stSelectbox"] input, [data-testid="stMultiSelect"] input',
    type: '[data-testid="stNumberInput"] input, [data-testid="stTextInput"] input',
    slide: 'input[type="range"]',
    press: 'button, summary, [data-testid="stCheckbox"] label, [data-testid="stPageLink"] a',
    point: 'canvas, svg.marks',
  };

  function* below(root) {
    for (const element of root.querySelectorAll('*')) {
      yield element;
      if (element.shadowRoot) yield* below(element.shadowRoot);
    }
  }

  function nameOf(element, kind) {
    const widget = element.closest('[data-testid="stSelectbox"], [data-testid="stMultiSelect"]');
    const label = widget?.querySelector('[data-testid="stWidgetLabel"]')?.innerText;
    const own = kind === 'point' ? '' : element.getAttribute('aria-label') || element.innerText;
    return (label || own || '').replace(/\s+/g, ' ').trim().slice(0, 60);
  }

  function found() {
    const dialogs = document.querySelectorAll('[role="dialog"]');
    const counts = {}, all = [];
    for (const element of below(dialogs[dialogs.length - 1] || document)) {
      const kind = Object.keys(KINDS).find(each => element.matches(KINDS[each]));
      const off = element.disabled || element.getAttribute('aria-disabled') === 'true';
      if (!kind || off || element.closest(NOT_OURS) || !element.checkVisibility()) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width < 2 || height < 2 || (kind === 'point' && height < 60)) continue;
      const name = nameOf(element, kind), nth = counts[kind + name] ?? 0;
      counts[kind + name] = nth + 1;
      all.push({ kind, name, nth, element });
    }
    return all;
  }

  return {
    list: () => found().map(({ kind, name, nth }) => [kind, name, nth]),
    find: ([kind, name, nth]) =>
      found().find(each => each.kind === kind && each.name === name && each.nth === nth)?.element,
  };
})()
