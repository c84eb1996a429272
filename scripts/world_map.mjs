// Makes monitor/web/vendor/world-atlas-2.0.2.svg, once: land and the borders of countries.
//
//     npm install world-atlas@2.0.2 d3-geo@3.1.2 topojson-client@3.1.0
//     node scripts/world_map.mjs node_modules > monitor/web/vendor/world-atlas-2.0.2.svg
//
// d3-geo cuts shapes where they cross the edge of the map, which a decoder made by hand does not.
// The projection is that of monitor/web/world.py: Equal Earth, centred on 11° E, so that the edge
// runs through the Bering Strait. Antarctica is left out. A test compares the digest of the file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const from = createRequire(resolve(process.argv[2], "x"));
const { geoEqualEarth, geoPath } = await import(from.resolve("d3-geo"));
const topojson = from("topojson-client");
const world = JSON.parse(readFileSync(from.resolve("world-atlas/countries-110m.json")));

const WIDTH = 1000, HEIGHT = 440, EQUATOR = 244; // as in monitor/web/world.py
const SCALE = WIDTH / (2 * 2.706629983696);
const projection = geoEqualEarth().rotate([-11, 0]).scale(SCALE).translate([WIDTH / 2, EQUATOR])
  .precision(0.3);
const path = geoPath(projection).digits(1);

const countries = world.objects.countries;
const kept = { ...countries, geometries: countries.geometries.filter((each) => each.id !== "010") };
const land = topojson.merge(world, kept.geometries);
const borders = topojson.mesh(world, kept, (a, b) => a !== b);
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">` +
    `<path id="land" vector-effect="non-scaling-stroke" d="${path(land)}"/><path id="borders" vector-effect="non-scaling-stroke" d="${path(borders)}"/></svg>\n`,
);
