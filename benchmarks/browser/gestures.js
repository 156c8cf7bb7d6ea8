// What a page shows and answers while something is dragged or drawn on it.
({
    // Note the moment of every frame.
    frames() {
        window.frames_at = [];
        const note = now => { window.frames_at.push(now); requestAnimationFrame(note); };
        requestAnimationFrame(note);
    },
    // What the page's charts and components show, but for the sliders themselves.
    picture() {
        const marks = [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg.marks *')]
            .map(e => (e.getAttribute('d') || '') + (e.getAttribute('transform') || '')
                + (e.children.length ? '' : e.textContent));
        const hash = canvas => {
            const context = canvas.getContext('2d');
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            return new Uint32Array(data.buffer).reduce((sum, v) => (Math.imul(sum, 31) + v) | 0, 0);
        };
        const canvases = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
            .flatMap(host => [...host.shadowRoot.querySelectorAll('canvas')]);
        return [...marks, ...canvases.map(hash)].join();
    },
    // Note how long each stroke on the pad waits for other answers than before.
    strokes() {
        const host = [...document.querySelectorAll('*')].find(
            e => e.shadowRoot && e.shadowRoot.querySelector('.digit-pad'));
        const answers = () => [...host.shadowRoot.querySelectorAll('.bar')]
            .map(bar => bar.dataset.share).join();
        window.waits = [];
        let ended = null, before = answers();
        host.shadowRoot.querySelector('.pad').addEventListener(
            'pointerup', () => { ended = performance.now(); before = answers(); }, true);
        new MutationObserver(() => {
            if (ended === null || answers() === before) return;
            window.waits.push(performance.now() - ended);
            ended = null;
        }).observe(host.shadowRoot, { subtree: true, attributes: true, childList: true });
    },
})
