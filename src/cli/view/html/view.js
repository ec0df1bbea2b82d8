/** What moves on the page of `telltale view`. Markup comes from its server, which escapes every text in it. */

const pollMs = 2_000;
const typingMs = 200;

const byId = (id) => document.getElementById(id);
const form = byId('filters');
const list = byId('list');
const trace = byId('trace');
const notes = byId('notes');
const listView = byId('list-view');
const traceView = byId('trace-view');

let page = 1;
let version = '';
/** The filters that the list shows. */
let shownFilters;
/** Of the request whose answer counts: one that was overtaken is thrown away. */
let latest = 0;
let shownTrace;
let shownVersion = '';
/** Of the trace that is on the page, shown or still asked for. */
let openTrace;
/** The field in which somebody types: all of it is one step of the history. */
let typedIn;
/** What the page shows; an address is gone to once, though the browser may tell of it twice. */
let routed;

function filters() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (value !== '' && value !== 'newest') query.set(name, value);
  if (page > 1) query.set('page', String(page));
  return query;
}

async function getJson(path, query) {
  const answer = await fetch(`${path}?${query}`, { cache: 'no-store' });
  if (answer.status === 204) return undefined;
  if (!answer.ok) throw new Refused((await answer.text()).trim());
  return await answer.json();
}

/** The command answered, and says why there is nothing. */
class Refused extends Error {}

/** What its command said last, to be shown again after a complaint. */
let told = '';

function tell(text = told) {
  told = text;
  notes.textContent = text;
  notes.classList.remove('lost');
}

function complain(error) {
  notes.textContent =
    error instanceof Refused
      ? `${error.message} This page is as it was.`
      : 'The command does not answer any more: this page is as it was.';
  notes.classList.add('lost');
}

/** `force` also where nothing new was recorded: the filters changed. */
async function showList(force) {
  latest++;
  const request = latest;
  const query = filters();
  const address = query.toString();
  // Also where the answer to a change of the filters was overtaken by this one, or was lost.
  if (!force && address === shownFilters) query.set('known', version);
  try {
    const answer = await getJson('list', query);
    if (request !== latest) return;
    tell(answer?.notes);
    if (!answer) return;
    version = answer.version;
    shownFilters = address;
    fillChoices('outcome', answer.outcomes);
    fillChoices('model', answer.models);
    const focused = document.activeElement?.closest?.('[data-trace]')?.dataset.trace;
    list.innerHTML = answer.html;
    if (focused) rowOf(focused)?.focus({ preventScroll: true });
  } catch (error) {
    if (request === latest) complain(error);
  }
}

/** Keeps what is chosen, also where no trace has it any more. */
function fillChoices(name, values) {
  const select = form.elements[name];
  const own = [...select.options].filter((option) => option.dataset.found !== 'yes');
  const chosen = select.value;
  const found = [...new Set([...values, ...(own.some(({ value }) => value === chosen) ? [] : [chosen])])];
  select.replaceChildren(...own, ...found.map(choice));
  select.value = chosen;
}

function choice(value) {
  const option = document.createElement('option');
  option.value = value;
  option.textContent = value;
  option.dataset.found = 'yes';
  return option;
}

function rowOf(traceId) {
  return list.querySelector(`[data-trace="${CSS.escape(traceId)}"]`);
}

function wantedTrace() {
  return location.hash.startsWith('#trace=') ? traceIdIn(location.hash.slice('#trace='.length)) : undefined;
}

/** Whatever was pasted: its server says if there is no such trace. */
function traceIdIn(text) {
  try {
    return decodeURIComponent(text).trim().toLowerCase();
  } catch {
    return text.toLowerCase();
  }
}

/** The list or a trace, as the address says: also after the browser's back and forward. */
async function route() {
  if (location.href === routed) return;
  routed = location.href;
  typedIn = undefined;
  const wanted = wantedTrace();
  const closed = openTrace;
  openTrace = wanted;
  shownTrace = undefined;
  listView.hidden = wanted !== undefined;
  traceView.hidden = wanted === undefined;
  restoreFilters();
  if (wanted === undefined) {
    document.title = 'Traces · Telltale';
    await showList(true);
    if (closed !== undefined && openTrace === undefined) (rowOf(closed) ?? form.elements.q).focus();
    return;
  }
  trace.textContent = '';
  document.title = `Trace ${wanted.slice(0, 8)} · Telltale`;
  await showTrace(wanted);
  if (openTrace !== wanted) return;
  window.scrollTo(0, 0);
  byId('trace-title')?.focus({ preventScroll: true });
}

/** The list as it is filtered now; a further step of the history, or in the place of the last one. */
function goToList(isSameStep) {
  const query = filters().toString();
  const address = query === '' ? location.pathname : `?${query}`;
  if (new URL(address, location.href).href === location.href) return;
  if (isSameStep) history.replaceState(history.state, '', address);
  else history.pushState(null, '', address);
  routed = location.href;
}

/** Back to where it was opened, so that the history does not grow; where it was opened by its address, to the list. */
function closeTrace() {
  if (openTrace === undefined || isClosing) return;
  if (history.state?.isOpened) {
    isClosing = true;
    history.back();
    return;
  }
  history.pushState(null, '', location.pathname + location.search);
  void route();
}
let isClosing = false;

async function showTrace(traceId) {
  const isAgain = shownTrace === traceId;
  const query = new URLSearchParams({ id: traceId, ...(isAgain && { known: shownVersion }) });
  try {
    const answer = await getJson('trace', query);
    if (wantedTrace() !== traceId) return;
    tell(answer?.notes);
    if (!answer) return;
    const open = new Set([...trace.querySelectorAll('details[open]')].map(keyOf));
    const focused = document.activeElement?.closest?.('details');
    const focusedKey = focused && keyOf(focused);
    trace.innerHTML = answer.html;
    shownTrace = traceId;
    shownVersion = answer.version;
    for (const one of trace.querySelectorAll('details')) {
      one.open = open.has(keyOf(one));
      if (focusedKey && keyOf(one) === focusedKey)
        one.querySelector('summary').focus({ preventScroll: true });
    }
  } catch (error) {
    if (wantedTrace() === traceId) complain(error);
  }
}

/** The id of its span stands first in what is known of it. */
function keyOf(details) {
  return details.querySelector('dd')?.textContent;
}

function move(items, step) {
  const all = [...items];
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  const next = at === -1 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  all[next].focus();
  all[next].scrollIntoView({ block: 'nearest' });
}

const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.closest?.('input, select, textarea') !== null;
  if (event.key === 'Escape' && openTrace !== undefined) closeTrace();
  else if (event.key === 'Escape' && isTyping) event.target.blur();
  else if (isTyping) return;
  else if (event.key === '/' && !listView.hidden) form.elements.q.focus();
  else if (Object.hasOwn(steps, event.key))
    move(
      (listView.hidden ? trace : list).querySelectorAll(listView.hidden ? 'summary' : '.row'),
      steps[event.key],
    );
  else if (['ArrowRight', 'ArrowLeft'].includes(event.key) && event.target.matches('#trace summary'))
    event.target.parentElement.open = event.key === 'ArrowRight';
  else return;
  event.preventDefault();
});

let typing;
function filtersChanged(field) {
  clearTimeout(typing);
  typing = undefined;
  page = 1;
  goToList(field !== undefined && field === typedIn);
  typedIn = field;
  void showList(true);
}

form.addEventListener('input', ({ target }) => {
  clearTimeout(typing);
  const field = target instanceof HTMLInputElement ? target : undefined;
  typing = setTimeout(() => filtersChanged(field), typingMs);
});
form.addEventListener('focusout', () => {
  // What was typed last is still a part of its step.
  if (typing === undefined) typedIn = undefined;
});
form.addEventListener('reset', () => {
  clearTimeout(typing);
  typing = setTimeout(filtersChanged);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  filtersChanged(document.activeElement instanceof HTMLInputElement ? document.activeElement : undefined);
});
list.addEventListener('click', (event) => {
  const row = event.target.closest('.row');
  if (row) {
    // A new tab or window is the browser's.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (typing !== undefined) filtersChanged(typedIn);
    history.pushState({ isOpened: true }, '', row.getAttribute('href'));
    void route();
    return;
  }
  const to = event.target.closest('[data-page]')?.dataset.page;
  if (to === undefined) return;
  page = Number(to);
  goToList(false);
  void showList(true).then(() => {
    if (openTrace !== undefined) return;
    list.querySelector('.row')?.focus();
    window.scrollTo(0, 0);
  });
});
byId('back').addEventListener('click', (event) => {
  event.preventDefault();
  closeTrace();
});
for (const name of ['popstate', 'hashchange'])
  window.addEventListener(name, () => {
    isClosing = false;
    // What is still being typed belongs to the step that was left.
    clearTimeout(typing);
    typing = undefined;
    void route();
  });

/** What the address says, so that a filtered list can be opened again and gone back to. */
function restoreFilters() {
  const query = new URLSearchParams(location.search);
  page = Number(query.get('page')) || 1;
  for (const control of form.elements) {
    if (control.name === '') continue;
    const value = query.get(control.name) ?? (control.name === 'sort' ? 'newest' : '');
    if (
      control instanceof HTMLSelectElement &&
      ![...control.options].some((option) => option.value === value)
    )
      control.append(choice(value));
    control.value = value;
  }
}

await route();
setInterval(() => {
  if (document.hidden) return;
  const wanted = wantedTrace();
  void (wanted === undefined ? showList(false) : showTrace(wanted));
}, pollMs);
