/* The map in the browser. The server says what is shown (bit sets over columnar layers); this file only draws it.
   Every string that reaches the page goes through textContent: names come from uploaded files. */
(function () {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';
  const VIEW_KEY = 'atlas-view';
  const GLYPH_ZOOM = 13;      // from here on facilities carry their glyph
  const DOT_SPACING_PX = 5;   // one dot per family and cell below that zoom
  const GLYPH_SPACING_PX = 20;
  const HIT_PX = 12;
  const NEAR_ZOOM = 11.5;     // from here on towns are named and symbols have their full size
  const SYMBOL_PX = { near: 30, far: 24, platformNear: 22, platformFar: 18 };
  const SPREAD_MOST_PX = 44;  // a symbol never stands farther than this from its place
  const LEGEND_PX = 190;      // kept free at the left of the county for the legend, where the map is wide enough
  const WIDE_PX = 620;
  const PHONE_PX = 480;
  const ROAD_COLOUR = '#b3a48f';
  const ROADS_A_STROKE = 100;
  const PEOPLE_COLOUR = '#6d5a8c';
  const PEOPLE_PX = 90;       // radius of a disc for the whole county's people, at zoom 10
  const BENEATH = ['population', 'roads']; // layers under the symbols that the reader may switch off
  const OFF_KEY = 'atlas-off';

  const SHAPES = {
    triangle: 'M12 4.2 20.4 19 3.6 19Z',
    square: 'M5 5H19V19H5Z',
    diamond: 'M12 3 21 12 12 21 3 12Z',
    hexagon: 'M7.5 4.2H16.5L21 12 16.5 19.8H7.5L3 12Z',
    pentagon: 'M12 3.2 20.8 9.8 17.4 20 6.6 20 3.2 9.8Z',
    circle: 'M12 4.5A7.5 7.5 0 1 1 11.99 4.5Z',
  };
  const STAR = 'M12 7.2 13.5 10.4 17 10.8 14.4 13.1 15.1 16.6 12 14.8 8.9 16.6 9.6 13.1 7 10.8 10.5 10.4Z';

  function el(tag, attributes, text) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function svg(tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  function symbol(look, size) {
    const root = svg('svg', { viewBox: '0 0 24 24', width: size, height: size, 'aria-hidden': 'true' });
    root.append(svg('circle', {
      cx: 12, cy: 12, r: 11.2, fill: '#fff', stroke: look.colour, 'stroke-width': 1.3,
      'stroke-dasharray': look.dashed ? '2.6 2.2' : 'none',
    }));
    root.append(svg('path', {
      d: SHAPES[look.symbol] || SHAPES.circle, transform: 'translate(12 12) scale(.74) translate(-12 -12)',
      fill: look.hollow ? '#fff' : look.colour, stroke: look.colour, 'stroke-width': look.hollow ? 2.4 : 0,
    }));
    if (look.star) root.append(svg('path', { d: STAR, fill: look.hollow ? look.colour : '#fff' }));
    if (look.badge) {
      root.append(svg('circle', { cx: 19, cy: 5, r: 4.6, fill: look.badge, stroke: '#fff', 'stroke-width': 1.2 }));
    }
    return root;
  }

  /* ---- columnar layers ------------------------------------------------------------------------------------- */

  function decodeBits(text, length) {
    const shown = new Uint8Array(length);
    if (text === null || text === undefined) return shown;
    const bytes = atob(text);
    for (let i = 0; i < length; i += 1) shown[i] = (bytes.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1;
    return shown;
  }

  function undelta(steps) {
    const values = new Float64Array(steps.length);
    let at = 0;
    for (let i = 0; i < steps.length; i += 1) { at += steps[i]; values[i] = at / 1e6; }
    return values;
  }

  function decodeLayer(raw) {
    const layer = Object.assign({}, raw, { lon: undelta(raw.x), lat: undelta(raw.y) });
    layer.worldX = layer.lon.map((lon) => (lon + 180) / 360);
    layer.worldY = layer.lat.map((lat) => {
      const s = Math.sin((lat * Math.PI) / 180);
      return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
    });
    if (raw.count) layer.lines = lineSpans(layer);
    return layer;
  }

  /* Where each line begins and ends in the columns, and the box it lies in. */
  function lineSpans(layer) {
    let to = 0;
    return layer.count.map((count) => {
      const from = to;
      to += count;
      const box = { from, to, west: Infinity, east: -Infinity, north: Infinity, south: -Infinity };
      for (let i = from; i < to; i += 1) {
        box.west = Math.min(box.west, layer.worldX[i]);
        box.east = Math.max(box.east, layer.worldX[i]);
        box.north = Math.min(box.north, layer.worldY[i]);
        box.south = Math.max(box.south, layer.worldY[i]);
      }
      return box;
    });
  }

  async function fetchJson(url) {
    const answer = await fetch(url, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(url + ' ' + answer.status);
    return answer.json();
  }

  /* ---- layers of many parts: one canvas each ---------------------------------------------------------------- */

  const CanvasLayer = L.Layer.extend({
    initialize(pane) { this._pane = pane; },

    onAdd(map) {
      this._canvas = L.DomUtil.create('canvas', `atlas-${this._pane} leaflet-zoom-animated`, map.getPane(this._pane));
      map.on('moveend resize', this._redraw, this);
      map.on('zoomanim', this._zoomAnimation, this);
      this._redraw();
    },

    onRemove(map) {
      this._canvas.remove();
      map.off('moveend resize', this._redraw, this);
      map.off('zoomanim', this._zoomAnimation, this);
    },

    _zoomAnimation(event) {
      const map = this._map;
      const offset = map._latLngBoundsToNewLayerBounds(map.getBounds(), event.zoom, event.center).min;
      L.DomUtil.setTransform(this._canvas, offset, map.getZoomScale(event.zoom));
    },

    _redraw() {
      const map = this._map;
      const size = map.getSize();
      const ratio = window.devicePixelRatio || 1;
      const canvas = this._canvas;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      canvas.width = size.x * ratio;
      canvas.height = size.y * ratio;
      canvas.style.width = size.x + 'px';
      canvas.style.height = size.y + 'px';
      if (!this._layer) return;
      const pen = canvas.getContext('2d');
      pen.scale(ratio, ratio);
      this._paint(pen, size, { scale: 256 * 2 ** map.getZoom(), origin: map.getPixelBounds().min });
    },

    _show(parts) {
      Object.assign(this, parts);
      if (this._map) this._redraw();
    },
  });

  const RoadLayer = CanvasLayer.extend({
    show(layer) { if (layer !== this._layer) this._show({ _layer: layer }); },

    _paint(pen, size, { scale, origin }) {
      const { worldX, worldY, lines } = this._layer;
      const zoom = this._map.getZoom();
      const seen = { west: origin.x / scale, north: origin.y / scale, east: (origin.x + size.x) / scale, south: (origin.y + size.y) / scale };
      pen.lineWidth = zoom < NEAR_ZOOM ? 0.8 : zoom < GLYPH_ZOOM ? 1.2 : 1.8;
      pen.lineJoin = 'round';
      pen.strokeStyle = ROAD_COLOUR;
      pen.beginPath();
      let drawn = 0;
      for (const line of lines) {
        if (line.east < seen.west || line.west > seen.east || line.south < seen.north || line.north > seen.south) continue;
        let [lastX, lastY] = [Infinity, Infinity];
        for (let i = line.from; i < line.to; i += 1) {
          const px = worldX[i] * scale - origin.x;
          const py = worldY[i] * scale - origin.y;
          if (i === line.from) pen.moveTo(px, py);
          else if (i === line.to - 1 || Math.abs(px - lastX) + Math.abs(py - lastY) > 1.5) pen.lineTo(px, py);
          else continue; // nearer than a pixel or so to the vertex before
          [lastX, lastY] = [px, py];
        }
        drawn += 1;
        if (drawn % ROADS_A_STROKE === 0) { pen.stroke(); pen.beginPath(); } // one path of all of them takes far longer
      }
      pen.stroke();
    },
  });

  /* Each place's people as the area of a disc. All discs together cover the same share of the county, be they towns
     or cells of a grid. */
  const PopulationLayer = CanvasLayer.extend({
    show(layer) {
      if (layer === this._layer) return;
      this._show({ _layer: layer, _total: layer.people.reduce((sum, people) => sum + people, 0) || 1 });
    },

    _paint(pen, size, { scale, origin }) {
      const { worldX, worldY, people } = this._layer;
      const whole = PEOPLE_PX * 2 ** ((this._map.getZoom() - 10) / 2);
      pen.beginPath();
      for (let i = 0; i < people.length; i += 1) {
        const radius = Math.sqrt(people[i] / this._total) * whole;
        const px = worldX[i] * scale - origin.x;
        const py = worldY[i] * scale - origin.y;
        if (radius < 0.3 || px < -radius || py < -radius || px > size.x + radius || py > size.y + radius) continue;
        pen.moveTo(px + radius, py);
        pen.arc(px, py, radius, 0, 2 * Math.PI);
      }
      pen.globalAlpha = 0.2;
      pen.fillStyle = PEOPLE_COLOUR;
      pen.fill();
    },
  });

  const FacilityLayer = CanvasLayer.extend({
    _drawn: [],

    show(layer, shown, focus, looks) {
      this._show({ _layer: layer, _shown: shown, _focus: focus, _looks: looks });
    },

    nearest(point) {
      let best = null;
      let reach = HIT_PX;
      for (const mark of this._drawn) {
        const away = Math.hypot(mark.px - point.x, mark.py - point.y);
        if (away <= reach) { reach = away; best = mark; }
      }
      return best;
    },

    _paint(pen, size, view) {
      this._collect(size, view);
      const glyphs = this._map.getZoom() >= GLYPH_ZOOM;
      for (const mark of this._drawn) this._draw(pen, mark, glyphs);
    },

    /* Thin what would lie on top of itself: one mark per family (dots) or category (glyphs) and screen cell. */
    _collect(size, { scale, origin }) {
      const layer = this._layer;
      const glyphs = this._map.getZoom() >= GLYPH_ZOOM;
      const cell = glyphs ? GLYPH_SPACING_PX : DOT_SPACING_PX;
      const taken = new Map();
      for (let i = 0; i < layer.lon.length; i += 1) {
        if (!this._shown[i]) continue;
        const px = layer.worldX[i] * scale - origin.x;
        const py = layer.worldY[i] * scale - origin.y;
        if (px < -12 || py < -12 || px > size.x + 12 || py > size.y + 12) continue;
        const look = this._looks[layer.category[i]];
        const key = `${glyphs ? layer.category[i] : look.colour}|${Math.round(px / cell)}|${Math.round(py / cell)}`;
        const other = taken.get(key);
        const dim = this._focus ? !this._focus[i] : false;
        if (other && (!other.dim || dim)) { other.count += 1; other.rows.push(i); continue; }
        const mark = { px, py, look, dim, rows: [i], count: 1, sample: layer.sample[i] === 1 };
        if (other) { mark.rows.push(...other.rows); mark.count += other.count; other.gone = true; }
        taken.set(key, mark);
      }
      this._drawn = [...taken.values()].sort((a, b) => Number(b.dim) - Number(a.dim));
    },

    _draw(pen, mark, glyphs) {
      pen.globalAlpha = mark.dim ? 0.28 : 1;
      pen.beginPath();
      pen.arc(mark.px, mark.py, glyphs ? 9 : 3.1, 0, 2 * Math.PI);
      pen.fillStyle = mark.sample ? 'rgba(255,255,255,.9)' : mark.look.colour;
      pen.fill();
      pen.lineWidth = glyphs ? 1.6 : 1.4;
      pen.strokeStyle = mark.sample ? mark.look.colour : '#fff';
      pen.stroke();
      if (!glyphs) return;
      pen.fillStyle = mark.sample ? mark.look.colour : '#fff';
      pen.font = '600 11px "Microsoft YaHei UI","PingFang SC","Noto Sans CJK SC",sans-serif';
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      pen.fillText(mark.look.glyph, mark.px, mark.py + 0.5);
      if (mark.count > 1) {
        pen.fillStyle = '#1f2a33';
        pen.font = '600 10px sans-serif';
        pen.fillText('×' + mark.count, mark.px + 15, mark.py - 7);
      }
    },
  });

  /* ---- search: everything that is on the map, by name --------------------------------------------------------- */

  const RESULTS = 8;

  function findByName(view, words) {
    const wanted = words.trim().toLowerCase();
    if (!wanted) return [];
    const found = [];
    const look = (kind, layer, shown) => {
      for (let i = 0; i < layer.name.length && found.length < 200; i += 1) {
        if (!shown[i]) continue;
        const names = `${layer.name[i]}\n${layer.name_en[i]}`.toLowerCase();
        const at = names.indexOf(wanted);
        if (at >= 0) found.push({ kind, at, name: view._name(layer, i), lat: layer.lat[i], lon: layer.lon[i], id: layer.id && layer.id[i] });
      }
    };
    look('base', view.layers.bases, view.shownBases);
    for (const [kind, features] of [['district', view.layers.geography.districts.features], ['town', view.layers.geography.towns.features]]) {
      for (const { properties: p } of features) {
        const at = `${p.name}\n${p.name_en}`.toLowerCase().indexOf(wanted);
        if (at >= 0) found.push({ kind, at, name: (view.lang === 'en' && p.name_en) || p.name, lat: p.lat, lon: p.lon });
      }
    }
    look('facility', view.layers.facilities, view.shownFacilities);
    const order = ['base', 'district', 'town', 'facility'];
    return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.at - b.at).slice(0, RESULTS);
  }

  const SEARCH_ZOOM = { base: 14, district: 11.5, town: 12.5, facility: 16 };

  function searchBox(view, texts) {
    const box = el('div', { class: 'atlas-search' });
    const field = el('input', { type: 'search', placeholder: texts.search, 'aria-label': texts.search, autocomplete: 'off', maxlength: 60 });
    const list = el('ul', { role: 'listbox' });
    let results = [];
    let at = 0;
    const draw = () => {
      list.replaceChildren(...results.map((result, i) => {
        const item = el('li', { role: 'option', 'aria-selected': String(i === at) });
        item.append(el('span', {}, result.name), el('small', {}, texts[result.kind]));
        item.addEventListener('pointerdown', (event) => { event.preventDefault(); go(result); });
        return item;
      }));
      if (!results.length && field.value.trim()) list.append(el('li', { class: 'atlas-none' }, texts.searchNone));
    };
    const go = (result) => {
      field.value = result.name;
      results = [];
      list.replaceChildren();
      field.blur();
      view.moved = true;
      view.map.flyTo([result.lat, result.lon], Math.max(view.map.getZoom(), SEARCH_ZOOM[result.kind]), { duration: 0.7 });
      if (result.kind === 'base') view.tell({ kind: 'base', id: result.id });
    };
    field.addEventListener('input', () => { results = findByName(view, field.value); at = 0; draw(); });
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && results[at]) go(results[at]);
      else if (event.key === 'Escape') { results = []; list.replaceChildren(); }
      else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        at = (at + (event.key === 'ArrowDown' ? 1 : results.length - 1)) % Math.max(1, results.length);
        draw();
        event.preventDefault();
      }
    });
    field.addEventListener('blur', () => list.replaceChildren());
    box.append(field, list);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  }

  /* ---- the map --------------------------------------------------------------------------------------------- */

  class AtlasView {
    constructor(map, config) {
      this.map = map;
      this.config = config;
      this.layers = {};
      this.turn = 0;
      this.markers = new Map();
      for (const [name, z] of [['land', 210], ['ground', 390], ['population', 400], ['roads', 405], ['overlay', 420], ['facilities', 450], ['labels', 455], ['rings', 460]]) {
        map.createPane(name).style.zIndex = z;
      }
      for (const name of ['population', 'roads', 'facilities', 'rings', 'labels']) map.getPane(name).style.pointerEvents = 'none';
      this._hatch();
      this.ground = L.layerGroup().addTo(map);
      this.overlay = L.layerGroup().addTo(map);
      this.rings = L.layerGroup().addTo(map);
      this.labels = L.layerGroup().addTo(map);
      this.leaders = L.layerGroup().addTo(map);
      this.bases = L.layerGroup().addTo(map);
      this.facilities = new FacilityLayer('facilities').addTo(map);
      this.beneath = { population: new PopulationLayer('population'), roads: new RoadLayer('roads') };
      this.off = this._switchedOff();
      this._controls();
      this._keepView();
      map.on('click', (event) => this._clicked(event));
      map.on('zoomend', () => { this._zoomClass(); this._spread(); });
      map.on('moveend', () => this._hideCutLabels());
      this._zoomClass();
    }

    _hatch() {
      const root = svg('svg', { width: 0, height: 0, style: 'position:absolute' });
      const defs = svg('defs', {});
      const pattern = svg('pattern', {
        id: 'atlas-hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)',
      });
      pattern.append(svg('rect', { width: 8, height: 8, fill: '#d9730d', 'fill-opacity': 0.1 }));
      pattern.append(svg('line', { x1: 0, y1: 0, x2: 0, y2: 8, stroke: '#d9730d', 'stroke-width': 2.2, 'stroke-opacity': 0.75 }));
      defs.append(pattern);
      root.append(defs);
      document.body.append(root);
    }

    _controls() {
      const map = this.map;
      map.attributionControl.setPrefix(false);
      L.control.scale({ imperial: false, position: 'bottomright', maxWidth: 140 }).addTo(map);
      // On a narrow map the lower left is the county's; the upper left is free below the search box.
      this.legend = L.control({ position: this._wide() ? 'bottomleft' : 'topleft' });
      this.legend.onAdd = () => {
        const box = el('details', { class: 'atlas-legend' });
        box.open = map.getSize().x > PHONE_PX; // on a phone it would cover the county
        L.DomEvent.disableClickPropagation(box);
        L.DomEvent.disableScrollPropagation(box);
        this.legendBox = box;
        return box;
      };
      this.legend.addTo(map);
      const north = L.control({ position: 'topright' });
      north.onAdd = () => {
        const box = el('div', { class: 'atlas-north' });
        const arrow = svg('svg', { viewBox: '0 0 24 34', width: 24, height: 34 });
        arrow.append(svg('path', { d: 'M12 11 18 31 12 26 6 31Z', fill: '#3c4a55' }));
        const letter = svg('text', { x: 12, y: 9, 'text-anchor': 'middle', 'font-size': 10, 'font-weight': 700, fill: '#3c4a55' });
        letter.textContent = 'N';
        arrow.append(letter);
        box.append(arrow);
        return box;
      };
      north.addTo(map);
      map.zoomControl.setPosition('topright');
    }

    _wide() { return this.map.getSize().x >= WIDE_PX; }

    /* The whole county, beside the legend where there is room for both. */
    _home(options) {
      this.map.fitBounds(this.config.bounds, { paddingTopLeft: [this._wide() ? LEGEND_PX : 4, 6], paddingBottomRight: [4, 22], ...options });
    }

    /* Controls whose words depend on the language are made again when it changes, and only then. */
    _speak(texts, lang) {
      if (this.lang === lang) return;
      this.lang = lang;
      for (const control of this.spoken || []) control.remove();
      const measure = L.control.polylineMeasure({
        position: 'topright', unit: 'kilometres', clearMeasurementsOnStop: true, showBearings: false,
        showClearControl: false, showUnitControl: false,
        measureControlTitleOn: texts.measureOn, measureControlTitleOff: texts.measureOff,
        tooltipTextFinish: texts.measureFinish, tooltipTextDelete: texts.measureDelete,
        tooltipTextMove: texts.measureMove, tooltipTextResume: texts.measureResume, tooltipTextAdd: texts.measureAdd,
        measureControlLabel: '↔',
      });
      const full = new L.Control.FullScreen({ position: 'topright', title: texts.fullOn, titleCancel: texts.fullOff });
      const home = L.control({ position: 'topright' });
      home.onAdd = () => {
        const bar = el('div', { class: 'leaflet-bar leaflet-control' });
        const button = el('a', { href: '#', role: 'button', title: texts.home, 'aria-label': texts.home, class: 'atlas-home' }, '⌂');
        L.DomEvent.on(button, 'click', (event) => { L.DomEvent.stop(event); this._home(); });
        bar.append(button);
        return bar;
      };
      this.spoken = [this._searchBox(texts), home, full, measure];
      for (const control of this.spoken) control.addTo(this.map);
      this.map.on('polylinemeasure:toggle', (event) => { this.measuring = event.sttus; });
      const zoom = this.map.zoomControl;
      if (zoom) { zoom._zoomInButton.title = texts.zoomIn; zoom._zoomOutButton.title = texts.zoomOut; }
    }

    _searchBox(texts) {
      const control = L.control({ position: 'topleft' });
      control.onAdd = () => searchBox(this, texts);
      return control;
    }

    _keepView() {
      const map = this.map;
      let restored = false;
      try {
        const kept = JSON.parse(sessionStorage.getItem(VIEW_KEY) || 'null');
        if (kept && kept.pack === this.config.pack) { map.setView([kept.lat, kept.lng], kept.zoom); restored = true; }
      } catch { /* a browser that keeps nothing starts from the whole county */ }
      this.moved = restored;
      if (!restored) this._home({ animate: false });
      map.on('dragstart zoomstart', () => { if (this.settled) this.moved = true; });
      map.on('moveend', () => {
        if (!this.moved) return;
        const at = map.getCenter();
        try {
          sessionStorage.setItem(VIEW_KEY, JSON.stringify({ pack: this.config.pack, lat: at.lat, lng: at.lng, zoom: map.getZoom() }));
        } catch { /* private mode */ }
      });
      new ResizeObserver(() => {
        map.invalidateSize({ animate: false });
        if (!this.moved) { this.settled = false; this._home({ animate: false }); }
        this.settled = true;
      }).observe(map.getContainer());
    }

    _zoomClass() {
      this.near = this.map.getZoom() >= NEAR_ZOOM;
      this.map.getContainer().classList.toggle('atlas-near', this.near);
    }

    /* A layer that did not come is said on the map itself, not only in the console. */
    complain(text) {
      if (!this.faultBox) {
        this.faultBox = el('div', { class: 'atlas-fault', role: 'alert' });
        this.map.getContainer().append(this.faultBox);
      }
      this.faultBox.textContent = text;
      this.faultBox.hidden = !text;
    }

    tell(event) {
      window.Streamlit.setComponentValue({ event: Object.assign({ at: Date.now() }, event) });
    }

    _clicked(event) {
      if (this.measuring) return;
      const hit = this.facilities.nearest(event.containerPoint);
      if (hit) { this._facilityPopup(hit); return; }
      if (this.state && this.state.pickPoint) {
        this.tell({ kind: 'point', lon: event.latlng.lng, lat: event.latlng.lat });
      }
    }

    _facilityPopup(mark) {
      const layer = this.layers.facilities;
      const box = el('div', { class: 'atlas-popup' });
      for (const row of mark.rows.slice(0, 6)) {
        box.append(el('strong', {}, this._name(layer, row)));
        box.append(el('span', {}, this.state.categories[layer.category[row]].label));
        if (layer.capacity[row]) box.append(el('span', {}, this.state.texts.capacity.replace('{n}', layer.capacity[row])));
        if (layer.sample[row] === 1) box.append(el('em', { class: 'atlas-sample' }, this.state.texts.sample));
        box.append(el('small', {}, this.state.texts.source + (this.lang === 'en' ? layer.sources_en[layer.source_en[row]] : layer.sources[layer.source[row]])));
        box.append(el('small', {}, `${this.state.texts.certainty}${this.state.certainties[layer.certainty[row]] || ''}`));
      }
      if (mark.rows.length > 6) box.append(el('small', {}, this.state.texts.more.replace('{n}', mark.rows.length - 6)));
      const at = this.map.containerPointToLatLng([mark.px, mark.py]);
      L.popup({ maxWidth: 280, maxHeight: 260 }).setLatLng(at).setContent(box).openOn(this.map);
    }

    _name(layer, row) {
      return (this.lang === 'en' && layer.name_en[row]) || layer.name[row];
    }

    /* Draws one state. A newer state that arrives while data is still on its way wins. */
    async update(state) {
      this.turn += 1;
      const turn = this.turn;
      this._speak(state.texts, state.lang);
      this._legend(state.legend, state.texts);
      this._attribution(state.attribution);
      const wanted = ['geography', 'bases', 'facilities'];
      const fresh = await Promise.all(wanted.map((name) => this._fetch(name, state.urls[name])));
      if (turn !== this.turn) return;
      this.state = state;
      wanted.forEach((name, i) => { this.layers[name] = fresh[i]; });
      this._drawGround(state);
      this._drawBases(state);
      this._spread();
      this._drawLabels(state);
      this._drawFacilities(state);
      this._drawOverlay(state);
      this._drawRings(state);
      this._focus(state.focus);
      await this._beneath(state, turn); // last: nothing that can be clicked waits for the roads
      if (turn !== this.turn) return;
      document.body.dataset.atlas = String(state.stamp);
    }

    /* What lies under the symbols, as far as there is any and it is not switched off. */
    async _beneath(state, turn) {
      const fresh = await Promise.all(BENEATH.map((name) => (state.urls[name] ? this._fetch(name, state.urls[name]) : null)));
      if (turn !== this.turn) return;
      BENEATH.forEach((name, i) => { this.layers[name] = fresh[i]; });
      this._drawBeneath();
    }

    _drawBeneath() {
      for (const name of BENEATH) {
        const canvas = this.beneath[name];
        if (!this.layers[name] || this.off.has(name)) { canvas.remove(); continue; }
        canvas.show(this.layers[name]);
        canvas.addTo(this.map);
      }
    }

    _switchedOff() {
      try { return new Set(JSON.parse(sessionStorage.getItem(OFF_KEY) || '[]')); } catch { return new Set(); /* private mode */ }
    }

    _switch(name, on) {
      if (on) this.off.delete(name); else this.off.add(name);
      try { sessionStorage.setItem(OFF_KEY, JSON.stringify([...this.off])); } catch { /* private mode */ }
      this._drawBeneath();
    }

    async _fetch(name, url) {
      const kept = this.layers[name];
      if (kept && kept.url === url) return kept;
      const raw = await fetchJson(this.config.root + url);
      const layer = name === 'geography' ? raw : decodeLayer(raw);
      layer.url = url;
      return layer;
    }

    _attribution(lines) {
      const control = this.map.attributionControl;
      if (this.credits) control.removeAttribution(this.credits);
      this.credits = el('span', {}, lines.join(' · ')).outerHTML; // as one: Leaflet puts a comma between two
      control.addAttribution(this.credits);
    }

    _drawGround(state) {
      const key = JSON.stringify([state.urls.geography, state.lang, state.districts]);
      if (key === this.groundKey) return;
      this.groundKey = key;
      this.ground.clearLayers();
      const { neighbours, boundary, towns, districts } = this.layers.geography;
      const quiet = { pane: 'land', interactive: false };
      this.ground.addLayer(L.geoJSON(neighbours, { ...quiet, style: { color: '#d3d6d3', weight: 1, fillColor: '#eff0ed', fillOpacity: 1 } }));
      this.ground.addLayer(L.geoJSON(boundary, { ...quiet, style: { stroke: false, fillColor: '#fbfbf9', fillOpacity: 1 } }));
      this.ground.addLayer(L.geoJSON(districts, {
        pane: 'ground', interactive: false,
        style: (feature) => {
          const on = !state.districts || state.districts.includes(feature.properties.id);
          return { color: '#7d8a92', weight: 1.2, dashArray: feature.properties.schematic ? '5 4' : null, fillColor: feature.properties.colour, fillOpacity: on ? 0.55 : 0.12 };
        },
      }));
      this.ground.addLayer(L.geoJSON(towns, {
        pane: 'ground', interactive: false,
        style: (feature) => ({ color: '#9aa5ab', weight: 0.7, dashArray: feature.properties.schematic ? '2 4' : null, fill: false }),
      }));
      this.ground.addLayer(L.geoJSON(boundary, { pane: 'ground', interactive: false, style: { color: '#55636d', weight: 1.8, fill: false } }));
    }

    _drawLabels(state) {
      const key = JSON.stringify([state.urls.geography, state.urls.bases, state.bases, state.lang]);
      if (key === this.labelsKey) return;
      this.labelsKey = key;
      this.labels.clearLayers();
      const { neighbours, towns, districts } = this.layers.geography;
      const put = (feature, kind, at) => {
        const text = (state.lang === 'en' && feature.properties.name_en) || feature.properties.name;
        const icon = L.divIcon({ className: `atlas-label atlas-${kind}`, iconSize: [0, 0], html: el('span', {}, text) });
        const marker = L.marker(at || [feature.properties.lat, feature.properties.lon], { interactive: false, keyboard: false, pane: 'labels', icon });
        this.labels.addLayer(marker);
        return marker;
      };
      const taken = this._basePlaces().map(({ shown, half }) => ({ x: shown.x, y: shown.y, w: half, h: half }));
      for (const feature of districts.features) put(feature, 'district', this._freePlace(feature, state.lang, taken));
      for (const feature of towns.features) put(feature, 'town');
      this.neighbourLabels = neighbours.features.map((feature) => put(feature, 'neighbour'));
      this._hideCutLabels();
    }

    /* Where a district's name covers the fewest symbols: of a grid of places inside it, near its middle if it can be. */
    _freePlace(feature, lang, taken) {
      const zoom = this.map.getZoom();
      const project = (lat, lon) => this.map.project([lat, lon], zoom);
      const text = (lang === 'en' && feature.properties.name_en) || feature.properties.name;
      const half = { w: (lang === 'en' ? 4.2 : 7.8) * text.length, h: 10 };
      const middle = project(feature.properties.lat, feature.properties.lon);
      const bounds = L.geoJSON(feature.geometry).getBounds();
      let best = { cost: Infinity, at: middle };
      const steps = 14;
      for (let i = 1; i < steps; i += 1) {
        for (let j = 1; j < steps; j += 1) {
          const lat = bounds.getSouth() + ((bounds.getNorth() - bounds.getSouth()) * i) / steps;
          const lon = bounds.getWest() + ((bounds.getEast() - bounds.getWest()) * j) / steps;
          if (!inside(feature.geometry, lon, lat)) continue;
          const at = project(lat, lon);
          const hits = taken.filter((box) => Math.abs(box.x - at.x) < box.w + half.w && Math.abs(box.y - at.y) < box.h + half.h).length;
          const cost = hits * 1000 + Math.hypot(at.x - middle.x, at.y - middle.y);
          if (cost < best.cost) best = { cost, at };
        }
      }
      taken.push({ x: best.at.x, y: best.at.y, ...half });
      return this.map.unproject(best.at, zoom);
    }

    /* A neighbour's name that the frame would cut is left out. */
    _hideCutLabels() {
      const size = this.map.getSize();
      for (const marker of this.neighbourLabels || []) {
        const span = marker.getElement() && marker.getElement().firstChild;
        if (!span) continue;
        const at = this.map.latLngToContainerPoint(marker.getLatLng());
        const cut = at.x < 30 || at.y < 12 || at.x > size.x - 30 || at.y > size.y - 26;
        span.style.visibility = cut ? 'hidden' : '';
      }
    }

    /* True place, shown place and half size of each drawn base, in pixels of the present zoom. */
    _basePlaces() {
      const zoom = this.map.getZoom();
      return [...this.markers.values()].map((layer) => ({
        layer, true: this.map.project(layer.place, zoom), shown: this.map.project(layer.symbol.getLatLng(), zoom),
        half: (layer.small ? (this.near ? SYMBOL_PX.platformNear : SYMBOL_PX.platformFar) : (this.near ? SYMBOL_PX.near : SYMBOL_PX.far)) / 2,
      }));
    }

    /* Symbols that would hide each other step aside, tied to their place by a thin line. */
    _spread() {
      const places = this._basePlaces();
      for (const place of places) place.shown = place.true.clone();
      for (let turn = 0; turn < 60; turn += 1) {
        let moved = false;
        for (let i = 0; i < places.length; i += 1) {
          for (let j = i + 1; j < places.length; j += 1) moved = apart(places[i], places[j], i + j) || moved;
        }
        if (!moved) break;
      }
      this.leaders.clearLayers();
      for (const { layer, true: from, shown } of places) {
        const to = this.map.unproject(shown, this.map.getZoom());
        layer.symbol.setLatLng(to);
        if (from.distanceTo(shown) > 5) {
          this.leaders.addLayer(L.polyline([layer.place, to], { pane: 'overlay', interactive: false, color: '#44535d', weight: 1, opacity: 0.7 }));
        }
      }
    }

    _drawBases(state) {
      const layer = this.layers.bases;
      const shown = decodeBits(state.bases, layer.id.length);
      this.shownBases = shown;
      const wanted = new Map();
      for (let i = 0; i < layer.id.length; i += 1) {
        if (shown[i]) wanted.set(layer.id[i], this._baseLook(layer, i, state));
      }
      for (const [id, marker] of this.markers) {
        const look = wanted.get(id);
        if (look && look.key === marker.key) { wanted.delete(id); } else { this.bases.removeLayer(marker); this.markers.delete(id); }
      }
      for (const [id, look] of wanted) this._addBase(id, look);
    }

    _baseLook(layer, i, state) {
      const stage = state.stages[layer.stage[i]];
      const cluster = state.clusters[layer.cluster[i]];
      const badge = state.badges ? state.badges[layer.id[i]] || '' : '';
      const look = {
        name: this._name(layer, i), lat: layer.lat[i], lon: layer.lon[i], shape: layer.shape[i],
        symbol: stage ? stage.symbol : 'circle', colour: cluster ? cluster.colour : '#56626b', small: stage ? !stage.in_chain : false,
        star: layer.year[i] > 0, dashed: layer.sure[i] !== 1, hollow: layer.sample[i] === 1, badge,
        picked: state.picked === layer.id[i],
      };
      look.key = JSON.stringify(look);
      return look;
    }

    _addBase(id, look) {
      const size = look.small ? SYMBOL_PX.platformNear : SYMBOL_PX.near;
      const icon = L.divIcon({
        className: 'atlas-base' + (look.picked ? ' atlas-picked' : ''), html: symbol(look, size), iconSize: [size, size],
      });
      const marker = L.marker([look.lat, look.lon], { icon, riseOnHover: true, zIndexOffset: look.picked ? 1000 : 0 });
      marker.bindTooltip(el('span', {}, look.name), { direction: 'top', offset: [0, -size / 2] });
      marker.on('click', () => { if (!this.measuring) this.tell({ kind: 'base', id }); });
      const layer = L.layerGroup([marker]);
      if (look.shape) layer.addLayer(L.geoJSON(look.shape, { pane: 'overlay', interactive: false, style: { color: look.colour, weight: 1.6, fillOpacity: 0.2 } }));
      Object.assign(layer, { key: look.key, symbol: marker, place: L.latLng(look.lat, look.lon), small: look.small });
      this.markers.set(id, layer);
      this.bases.addLayer(layer);
      marker.getElement().setAttribute('aria-label', look.name);
    }

    _drawFacilities(state) {
      const layer = this.layers.facilities;
      const focus = state.facilityFocus === null ? null : decodeBits(state.facilityFocus, layer.id_count);
      this.shownFacilities = decodeBits(state.facilities, layer.id_count);
      this.facilities.show(layer, this.shownFacilities, focus, state.categories);
    }

    _drawOverlay(state) {
      const key = JSON.stringify(state.overlay);
      if (key === this.overlayKey) return;
      this.overlayKey = key;
      this.overlay.clearLayers();
      for (const part of state.overlay) {
        this.overlay.addLayer(L.geoJSON(part.geometry, {
          pane: 'overlay', interactive: false,
          pointToLayer: (feature, at) => L.circleMarker(at, { pane: 'overlay', interactive: false, radius: 6 }),
          style: { color: part.colour, weight: part.weight, fillColor: part.hatch ? 'url(#atlas-hatch)' : part.colour, fillOpacity: part.opacity },
        }));
      }
    }

    _drawRings(state) {
      const key = JSON.stringify(state.rings);
      if (key === this.ringsKey) return;
      this.ringsKey = key;
      this.rings.clearLayers();
      for (const ring of state.rings) {
        const shape = L.geoJSON(ring.geometry, {
          pane: 'rings', interactive: false, style: { color: '#1f5f8b', weight: 1.8, dashArray: ring.dashed ? '6 5' : null, fillColor: '#1f5f8b', fillOpacity: 0.04 },
        });
        this.rings.addLayer(shape);
        const north = L.latLng(shape.getBounds().getNorth(), shape.getBounds().getCenter().lng);
        this.rings.addLayer(L.marker(north, {
          interactive: false, keyboard: false,
          icon: L.divIcon({ className: 'atlas-label atlas-ring', iconSize: [0, 0], html: el('span', {}, ring.label) }),
        }));
      }
      if (state.mark) {
        this.rings.addLayer(L.marker([state.mark.lat, state.mark.lon], {
          interactive: false, keyboard: false, icon: L.divIcon({ className: 'atlas-cross', iconSize: [22, 22], html: el('span', {}, '✛') }),
        }));
      }
    }

    _focus(focus) {
      if (!focus || focus.at === this.focused) return;
      const first = this.focused === undefined;
      this.focused = focus.at;
      let seen = null;
      try { seen = sessionStorage.getItem('atlas-focus'); sessionStorage.setItem('atlas-focus', String(focus.at)); } catch { /* private mode */ }
      if (first && seen === String(focus.at)) return;
      this.moved = true;
      if (focus.bounds) this.map.flyToBounds(focus.bounds, { duration: 0.7, maxZoom: 15 });
      else this.map.flyTo([focus.lat, focus.lon], Math.max(this.map.getZoom(), focus.zoom), { duration: 0.7 });
    }

    _legend(sections, texts) {
      const box = this.legendBox;
      const folded = this.legendFolded || (this.legendFolded = new Map());
      box.replaceChildren(el('summary', {}, texts.legend));
      for (const section of sections) {
        const part = el('details', { class: 'atlas-legend-part' });
        part.open = folded.has(section.id) ? folded.get(section.id) : section.open && (this._wide() || section.id === 'page');
        part.append(el('summary', {}, section.title));
        part.firstChild.addEventListener('click', () => folded.set(section.id, !part.open));
        for (const item of section.items) {
          const row = el(item.toggle ? 'label' : 'div', { class: 'atlas-legend-row' });
          row.append(this._swatch(item), el('span', {}, item.label));
          if (item.toggle) row.append(this._toggle(item.toggle));
          part.append(row);
        }
        box.append(part);
      }
    }

    _toggle(name) {
      const box = el('input', { type: 'checkbox' });
      box.checked = !this.off.has(name);
      box.addEventListener('change', () => this._switch(name, box.checked));
      return box;
    }

    _swatch(item) {
      if (item.kind === 'base') return symbol(item, 18);
      const root = svg('svg', { viewBox: '0 0 18 18', width: 18, height: 18, 'aria-hidden': 'true' });
      if (item.kind === 'facility') {
        root.append(svg('circle', { cx: 9, cy: 9, r: 7.6, fill: item.hollow ? '#fff' : item.colour, stroke: item.colour, 'stroke-width': 1.6 }));
        const letter = svg('text', { x: 9, y: 12.6, 'text-anchor': 'middle', 'font-size': 9.5, 'font-weight': 600, fill: item.hollow ? item.colour : '#fff' });
        letter.textContent = item.glyph || '';
        root.append(letter);
      } else if (item.kind === 'people') {
        for (const [cx, r] of [[6, 5], [14, 3]]) root.append(svg('circle', { cx, cy: 9, r, fill: item.colour, 'fill-opacity': 0.35 }));
      } else if (item.kind === 'line') {
        root.append(svg('line', { x1: 0, y1: 9, x2: 18, y2: 9, stroke: item.colour, 'stroke-width': 1.8, 'stroke-dasharray': item.dashed ? '4 3' : 'none' }));
      } else {
        root.append(svg('rect', {
          x: 1, y: 3, width: 16, height: 12, rx: 2, fill: item.kind === 'hatch' ? 'url(#atlas-hatch)' : item.colour,
          stroke: item.kind === 'hatch' ? '#d9730d' : 'none',
        }));
      }
      return root;
    }
  }

  /* Whether a GeoJSON polygon or multipolygon holds a place (even–odd rule). */
  function inside(geometry, lon, lat) {
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    let odd = false;
    for (const ring of polygons.flat()) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        const [[x1, y1], [x2, y2]] = [ring[i], ring[j]];
        if ((y1 > lat) !== (y2 > lat) && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) odd = !odd;
      }
    }
    return odd;
  }

  /* Pushes two symbols apart where they overlap; true where they did. */
  function apart(a, b, seed) {
    const gap = a.half + b.half + 1;
    let [dx, dy] = [b.shown.x - a.shown.x, b.shown.y - a.shown.y];
    let away = Math.hypot(dx, dy);
    if (away >= gap) return false;
    if (away < 0.5) { [dx, dy, away] = [Math.cos(seed * 2.4), Math.sin(seed * 2.4), 1]; }
    const push = (gap - Math.min(away, gap)) / 2 + 0.2;
    for (const [place, sign] of [[a, -1], [b, 1]]) {
      place.shown = place.shown.add([(sign * push * dx) / away, (sign * push * dy) / away]);
      const off = place.shown.subtract(place.true);
      const far = Math.hypot(off.x, off.y);
      if (far > SPREAD_MOST_PX) place.shown = place.true.add(off.multiplyBy(SPREAD_MOST_PX / far));
    }
    return true;
  }

  function decodeState(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  window.Atlas = {
    mount(map, text) { map.atlas = new AtlasView(map, decodeState(text)); window.Atlas.view = map.atlas; },
    update(map, text) {
      const state = decodeState(text);
      map.atlas.update(state).then(
        () => { delete document.body.dataset.atlasFault; map.atlas.complain(''); },
        (fault) => { document.body.dataset.atlasFault = String(fault); map.atlas.complain(state.texts.fault); },
      );
    },
  };
}());
