/* Charts, tables and their downloads. Nothing is fetched: all data stand in this file. */
"use strict";
(() => {
  const root = document.documentElement;
  const held = (id) => JSON.parse(document.getElementById(id).textContent);
  const words = held("words");

  /* Numbers as the rest of the page writes them. */
  const written = (value) => {
    if (value === null || value === undefined) return words.unknown;
    const size = Math.abs(value);
    let text = value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4);
    if (text.includes(".")) text = text.replace(/0+$/, "").replace(/\.$/, "");
    if (Number(text) === 0 && value !== 0) text = String(Number(value.toPrecision(2)));
    if (text === "-0") text = "0";
    const [whole, rest] = text.replace("-", "").split(".");
    const grouped = whole.length >= words.least ? whole.replace(/\B(?=(\d{3})+$)/g, words.group) : whole;
    return (text.startsWith("-") ? "\u2212" : "") + grouped + (rest ? words.decimal + rest : "");
  };

  /* A table: sorted, filtered, one page at a time. */
  class Table {
    constructor(box) {
      this.box = box;
      this.data = held(box.dataset.table);
      this.body = box.querySelector("tbody");
      this.heads = [...box.querySelectorAll("thead th")];
      this.count = this.data.columns.length ? this.data.columns[0].values.length : 0;
      this.order = [...Array(this.count).keys()];
      this.page = 0;
      this.sorted = null;
      this.heads.forEach((head, place) => head.querySelector("button").addEventListener("click", () => this.sort(place)));
      const filter = box.querySelector("input");
      if (filter) filter.addEventListener("input", () => this.filter(filter.value));
      box.querySelector(".csv").addEventListener("click", () => this.download());
      box.querySelectorAll(".pages button").forEach((button) => button.addEventListener("click", () => this.turn(Number(button.dataset.step))));
      this.draw();
    }
    value(place, row) {
      const { values, words: dictionary } = this.data.columns[place];
      return dictionary && values[row] !== null ? dictionary[values[row]] : values[row];
    }
    sort(place) {
      const falling = this.sorted === place ? !this.falling : this.data.columns[place].number;
      this.sorted = place;
      this.falling = falling;
      const compare = this.data.columns[place].number ? (a, b) => a - b : (a, b) => a.localeCompare(b, root.lang, { numeric: true });
      this.order.sort((one, other) => {
        const [a, b] = [this.value(place, one), this.value(place, other)];
        if (a === null || b === null) return (a === null) - (b === null);
        return falling ? compare(b, a) : compare(a, b);
      });
      this.heads.forEach((head, each) => head.setAttribute("aria-sort", each !== place ? "none" : falling ? "descending" : "ascending"));
      this.page = 0;
      this.draw();
    }
    filter(asked) {
      const parts = asked.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      const every = [...Array(this.count).keys()];
      const texts = this.data.columns.map((column, place) => place);
      this.order = every.filter((row) => {
        const line = texts.map((place) => this.value(place, row) ?? "").join("\n").toLocaleLowerCase();
        return parts.every((part) => line.includes(part));
      });
      this.page = 0;
      if (this.sorted !== null) {
        this.falling = !this.falling;
        this.sort(this.sorted);
      } else this.draw();
    }
    turn(step) {
      const last = Math.max(Math.ceil(this.order.length / this.data.page) - 1, 0);
      this.page = Math.min(Math.max(this.page + step, 0), last);
      this.draw();
    }
    draw() {
      const rows = this.order.slice(this.page * this.data.page, (this.page + 1) * this.data.page).map((row) => {
        const line = document.createElement("tr");
        this.data.columns.forEach((column, place) => {
          const cell = document.createElement(place === 0 ? "th" : "td");
          if (place === 0) cell.scope = "row";
          const value = this.value(place, row);
          cell.textContent = column.number ? written(value) : value ?? "";
          if (column.number) cell.className = "number";
          line.append(cell);
        });
        return line;
      });
      this.body.replaceChildren(...rows);
      const pages = this.box.querySelector(".pages");
      if (!pages) return;
      const first = this.order.length ? this.page * this.data.page + 1 : 0;
      const last = Math.min((this.page + 1) * this.data.page, this.order.length);
      const said = words.rows.replace("{first}", first).replace("{last}", last).replace("{count}", written(this.order.length));
      pages.querySelector("[role=status]").textContent = said;
      pages.querySelector("[data-step='-1']").disabled = this.page === 0;
      pages.querySelector("[data-step='1']").disabled = last >= this.order.length;
    }
    download() {
      const quoted = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
      /* A leading sign would be run as a formula by a spreadsheet. */
      const safe = (value) => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
      const lines = [this.data.columns.map((column) => quoted(safe(column.title))).join(",")];
      for (const row of this.order) {
        lines.push(
          this.data.columns
            .map((column, place) => {
              const value = this.value(place, row);
              return value === null ? "" : column.number ? String(value) : quoted(safe(value));
            })
            .join(","),
        );
      }
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" }));
      link.download = `${this.box.dataset.name}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
  }

  /* A chart as wide as its place; charts of many parts stand below each other where there is no room beside. */
  const fitted = (spec, room) => {
    if (spec.facet && spec.spec) {
      const columns = room < 480 ? 1 : room < 760 ? 2 : spec.columns || 3;
      const width = Math.max(Math.floor(room / columns) - 84, 120);
      return { ...spec, columns, spec: { ...spec.spec, width } };
    }
    if (spec.projection) return spec; /* A map keeps its shape; the page scales it. */
    const layer = spec.layer && room < 480 && spec.usermeta && spec.usermeta.plain ? { layer: spec.layer.filter((part) => part.mark.type !== "text") } : {};
    return { ...spec, ...layer, width: "container", autosize: { type: "fit-x", contains: "padding" } };
  };
  /* Where there is little room: shorter names, legends below each other. */
  const narrowed = (config) => ({
    ...config,
    axis: { ...config.axis, labelLimit: 120, labelFontSize: 11 },
    legend: { ...config.legend, columns: 2, labelLimit: 140, layout: { bottom: { direction: "vertical", anchor: "start" } } },
  });
  const options = (charts, room) => ({
    actions: false,
    ast: true,
    config: room < 480 ? narrowed(charts.config) : charts.config,
    defaultStyle: false,
    formatLocale: charts.locale,
    renderer: "svg",
    tooltip: { disableDefaultStyle: true },
  });
  /* A chart whose slider goes through periods gets a button that moves it; a second press stops it. */
  const playable = (place, spec) => {
    const slider = (spec.params || []).find((one) => one.bind && one.bind.input === "range");
    const form = place.querySelector(".vega-bindings");
    if (!slider || !form) return;
    const button = document.createElement("button");
    let timer = null;
    const stop = () => {
      clearInterval(timer);
      timer = null;
      button.textContent = "\u25B6 " + words.play;
    };
    const step = () => {
      const now = place.chart.signal(slider.name);
      if (now >= slider.bind.max) return stop();
      place.chart.signal(slider.name, now + 1).runAsync();
    };
    const start = () => {
      if (place.chart.signal(slider.name) >= slider.bind.max) place.chart.signal(slider.name, slider.bind.min).runAsync();
      button.textContent = "\u25A0 " + words.stop;
      timer = setInterval(step, 900);
    };
    button.type = "button";
    button.className = "play";
    button.addEventListener("click", () => (timer === null ? start() : stop()));
    stop();
    form.append(button);
  };
  const draw = async () => {
    const charts = held("charts");
    for (const place of document.querySelectorAll("[data-chart]")) {
      const spec = charts.specs[place.dataset.chart];
      try {
        const drawn = await vegaEmbed(place, fitted(spec, place.clientWidth), options(charts, place.clientWidth));
        place.chart = drawn.view;
        playable(place, spec);
        place.dataset.drawn = "yes";
      } catch (error) {
        console.error(place.dataset.chart, error);
        place.textContent = words.undrawn;
      }
    }
    root.dataset.drawn = "yes";
  };

  document.querySelectorAll("[data-table]").forEach((box) => new Table(box));
  root.classList.add("live");
  draw();
})();
