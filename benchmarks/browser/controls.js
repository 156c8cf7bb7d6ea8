// What a page notes of itself while its controls are used, so that measuring costs it little.
({
    // Since the press, when it last asked the server and heard from it: on a busy page an answer
    // may begin and end within one drawing.
    listen() {
        window.WebSocket = class extends WebSocket {
            constructor(...given) {
                super(...given);
                this.addEventListener('message', () => {
                    if (window.asked) window.heard = performance.now();
                });
            }
            send(message) {
                if (window.began) window.asked = performance.now();
                super.send(message);
            }
        };
    },
    // When the page changed last, in its own parts and in the shadow roots of components. The sign
    // that a script runs is no change of the page, nor is the replay, which moves by itself.
    watch() {
        const app = document.querySelector('[data-testid="stApp"]');
        const state = 'data-test-script-state';
        const passing = '[data-testid="stHeader"], [data-testid="stStatusWidget"]';
        const watched = new WeakSet();
        const options = { subtree: true, childList: true, attributes: true, characterData: true };
        const observer = new MutationObserver(changes => {
            const real = changes.filter(({ target, attributeName }) =>
                !(target === app && attributeName === state)
                && !(target.closest ? target : target.parentElement)?.closest(passing)
                && !target.getRootNode().querySelector('.play'));
            if (real.length) window.changed = performance.now();
            for (const change of real) change.addedNodes.forEach(reach);
        });
        const watch = root => { if (!watched.has(root)) {
            watched.add(root); observer.observe(root, options); } };
        const reach = node => {
            if (node.shadowRoot) watch(node.shadowRoot);
            node.querySelectorAll?.('*').forEach(e => { if (e.shadowRoot) watch(e.shadowRoot); });
        };
        watch(app);
        reach(app);
        // Capturing, and before the control itself: from here on it is the page's time.
        addEventListener('pointerdown', () => {
            if (window.armed) { window.began = performance.now(); window.armed = false; }
        }, true);
        window.changed = performance.now();
    },
    arm() {
        window.armed = true;
        window.began = window.asked = window.heard = null;
    },
    // The milliseconds from the press to the last change, once the server has answered, no script
    // runs and nothing changes any more; null if that takes too long.
    finished([quiet, limit]) {
        return new Promise(done => {
            const app = document.querySelector('[data-testid="stApp"]');
            const first = performance.now();
            const look = () => {
                const now = performance.now();
                if (window.heard && app.getAttribute('data-test-script-state') === 'notRunning'
                    && now - Math.max(window.changed, window.heard) > quiet)
                    done(window.changed - window.began);
                else if (now - first > limit) done(null);
                else setTimeout(look, 50);
            };
            look();
        });
    },
})
