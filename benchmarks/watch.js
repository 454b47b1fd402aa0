/* In the page that is measured: when is the map drawn, and is it still the same map? */
(() => {
  if (window !== window.top) return;
  const PATIENCE_MS = 120000;
  const counted = new WeakMap();
  const frame = () => document.querySelector('iframe[src*="streamlit_folium"]');
  const mapOf = (element) => element && element.contentWindow && element.contentWindow.map;

  /* What the map shows: our map's stamp, or how many circles a plain map has; '' while it is not there. */
  const drawn = () => {
    const map = mapOf(frame());
    if (!map) return '';
    if (map.atlas) return map.getContainer().ownerDocument.body.dataset.atlas || '';
    if (!counted.has(map)) counted.set(map, Object.values(map._layers).filter((layer) => layer.getRadius).length);
    return String(counted.get(map));
  };
  const nextFrame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
  /* After two frames what was drawn is also painted, canvases that wait for a frame of their own included. */
  const painted = async () => { await nextFrame(); await nextFrame(); };
  const drawnOtherThan = async (before) => {
    const until = performance.now() + PATIENCE_MS;
    while (drawn() === before || drawn() === '') {
      if (performance.now() > until) throw new Error(`the map still shows "${drawn()}", was "${before}"`);
      await nextFrame();
    }
    await painted();
    return { at: performance.now(), drawn: drawn() };
  };

  const bench = { first: drawnOtherThan('') };
  let clicked = 0;
  window.addEventListener('click', (event) => { clicked = event.timeStamp; }, true);

  /* Moves the map off its first view, so that a view that is lost shows, and waits for the next drawing. */
  bench.arm = async () => {
    const element = frame();
    const map = mapOf(element);
    map.setView([map.getCenter().lat + 0.01, map.getCenter().lng + 0.01], 10.5 + (map.getZoom() % 1), { animate: false });
    await painted();
    const [zoom, centre, container] = [map.getZoom(), map.getCenter(), map.getContainer()];
    bench.change = drawnOtherThan(drawn()).then((seen) => {
      const now = frame();
      const here = mapOf(now);
      return {
        ms: seen.at - clicked,
        drawn: seen.drawn,
        remounted: now !== element || here !== map || here.getContainer() !== container || !container.isConnected,
        viewKept: here.getZoom() === zoom && here.getCenter().distanceTo(centre) < 1,
      };
    });
  };
  window.bench = bench;
})();
