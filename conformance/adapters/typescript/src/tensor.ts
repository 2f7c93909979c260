/** Tensors as the Tinker API carries them: flat data in row-major order, one of two dtypes, and a shape. */

import { Rejected } from "./errors.js";

/** A number where elements are float32, a bigint where they are int64. */
export type Element = number | bigint;
export type Nested = Element | Nested[];

export interface Tensor {
  data: Element[];
  dtype: Dtype;
  shape: number[];
}

export type Dtype = "float32" | "int64";

export const DTYPES: readonly Dtype[] = ["float32", "int64"];

export function fromNested(nested: Nested, dtype: string): Tensor {
  const known = checked(dtype);
  return { data: flatten(nested).map(CONVERT[known]), dtype: known, shape: shapeOf(nested) };
}

/** An element of shape [] is not in a list. */
export function toNested(data: readonly Element[], dtype: string, shape: readonly number[]): Nested {
  const known = checked(dtype);
  // Two negative lengths make a product that could fit.
  if (shape.some((length) => length < 0) || data.length !== shape.reduce((product, length) => product * length, 1)) {
    throw new Rejected("invalid_message", `${data.length} elements do not have the shape [${shape}]`);
  }
  return nest(data.map(CONVERT[known]), shape);
}

function checked(dtype: string): Dtype {
  const known = DTYPES.find((name) => name === dtype);
  if (known === undefined) throw new Rejected("invalid_message", `tensors are ${DTYPES.join(" or ")}, not ${dtype}`);
  return known;
}

function nest(data: readonly Element[], [length, ...inner]: readonly number[]): Nested {
  if (length === undefined) return data[0]!;
  const size = data.length / length;
  return Array.from({ length }, (_, index) => nest(data.slice(index * size, (index + 1) * size), inner));
}

function flatten(nested: Nested): Element[] {
  return Array.isArray(nested) ? nested.flatMap(flatten) : [nested];
}

function shapeOf(nested: Nested): number[] {
  if (!Array.isArray(nested)) return [];
  const shapes = nested.map(shapeOf);
  const [first = []] = shapes;
  for (const shape of shapes) {
    if (shape.join() !== first.join()) throw new Rejected("invalid_message", "the lists are not rectangular");
  }
  return [nested.length, ...first];
}

const CONVERT: Record<Dtype, (element: Element) => Element> = {
  float32: (element) => Math.fround(Number(element)),
  int64: (element) => {
    if (typeof element === "number" && !Number.isFinite(element)) {
      throw new Rejected("invalid_message", `${element} is no integer`);
    }
    const integer = typeof element === "bigint" ? element : BigInt(Math.trunc(element));
    if (BigInt.asIntN(64, integer) !== integer) {
      throw new Rejected("invalid_message", `${integer} does not fit into int64`);
    }
    return integer;
  },
};
