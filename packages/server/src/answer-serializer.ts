import type { FastifySerializerCompiler } from "fastify/types/schema.js";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";

/**
 * JSON as it is: schemas of answers document them and bend nothing.
 * @param checks holds every answer against its schema and throws where they differ
 */
export function answerSerializer(checks: boolean): FastifySerializerCompiler<TSchema> {
  return ({ schema, url, method }) => {
    if (!checks) return (answer) => JSON.stringify(answer);
    const validator = Compile(schema);
    return (answer) => {
      const text = JSON.stringify(answer);
      const sent: unknown = JSON.parse(text);
      if (!validator.Check(sent)) {
        const [first] = validator.Errors(sent);
        const where = first === undefined ? "" : ` at ${first.instancePath}: ${first.message}`;
        throw new TypeError(`${method} ${url} answers what its schema does not say${where}.`);
      }
      return text;
    };
  };
}
