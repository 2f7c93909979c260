/**
 * Text to token ids and back.
 *
 * Every tokenizer here is two layers: added tokens, which are found in the text as they are written, and a vocabulary
 * for what lies between them. Nothing is ever added at the beginning or end of a text.
 */

export interface AddedToken {
  content: string;
  id: number;
  special: boolean;
}

/** Tokens of ordinary text: one a byte, or those of a vendor's file. */
export interface Vocabulary {
  encode(text: string): number[];
  /** Bytes that are not UTF-8 become U+FFFD; ids that do not exist become nothing. */
  decode(tokens: number[]): string;
}

/** 256 tokens, each of which is a byte; any other id says nothing. */
export const BYTES: Vocabulary = {
  encode: (text) => Array.from(new TextEncoder().encode(text)),
  decode: (tokens) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(tokens.filter((token) => token < 256))),
};

export class Tokenizer {
  private readonly byContent: Map<string, AddedToken>;
  private readonly byId: Map<number, AddedToken>;
  /** Cuts a text at its added tokens, which it captures: leftmost first, the longest at one place. */
  private readonly cut: RegExp;

  constructor(
    private readonly vocabulary: Vocabulary,
    added: readonly AddedToken[],
    readonly bosToken: string | null,
    readonly eosToken: string | null,
  ) {
    this.byContent = new Map(added.map((token) => [token.content, token]));
    this.byId = new Map(added.map((token) => [token.id, token]));
    const longestFirst = [...this.byContent.keys()].sort((a, b) => b.length - a.length);
    const escaped = longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    this.cut = new RegExp(`(${escaped.join("|") || "(?!)"})`);
  }

  /** With `splitSpecialTokens`, text cannot forge special tokens; added tokens that are not special it still can. */
  encode(text: string, splitSpecialTokens = false): number[] {
    const tokens: number[] = [];
    let ordinary = "";
    const flush = () => {
      if (ordinary !== "") for (const token of this.vocabulary.encode(ordinary)) tokens.push(token);
      ordinary = "";
    };
    for (const piece of text.split(this.cut)) {
      const added = this.byContent.get(piece);
      if (added === undefined || (splitSpecialTokens && added.special)) {
        ordinary += piece;
      } else {
        flush();
        tokens.push(added.id);
      }
    }
    flush();
    return tokens;
  }

  /** Added tokens are shown. Decoding what lies between them apart is safe: no broken character reaches into one. */
  decode(tokens: readonly number[]): string {
    let text = "";
    let ordinary: number[] = [];
    const flush = () => {
      if (ordinary.length > 0) text += this.vocabulary.decode(ordinary);
      ordinary = [];
    };
    for (const token of tokens) {
      const added = this.byId.get(token);
      if (added === undefined) {
        ordinary.push(token);
      } else {
        flush();
        text += added.content;
      }
    }
    flush();
    return text;
  }

  /** The id of an added token; undefined where it is ordinary text. */
  idOf(content: string): number | undefined {
    return this.byContent.get(content)?.id;
  }

  get eosId(): number | undefined {
    return this.eosToken === null ? undefined : this.idOf(this.eosToken);
  }
}
