/** Inputs that the port refuses on purpose, as tinker-cookbook refuses them. Any other error is a bug. */

export type RejectionKind = "renderer_error" | "data_validation" | "config" | "not_implemented" | "invalid_message";

export class Rejected extends Error {
  constructor(
    readonly kind: RejectionKind,
    message: string,
  ) {
    super(message);
    this.name = "Rejected";
  }
}
