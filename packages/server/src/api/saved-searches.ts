import Type from "typebox";
import { SearchMode, SearchSort } from "./search.ts";

const Name = Type.String({ minLength: 1, maxLength: 200, pattern: "\\S" });
/** In the query language, conditions included; may be empty. */
const Query = Type.String({ maxLength: 4000 });

/** A question that is kept under a name. */
export const SavedSearch = Type.Object({
  searchId: Type.String(),
  name: Type.String(),
  query: Type.String(),
  mode: Type.Optional(SearchMode),
  sort: Type.Optional(SearchSort),
  /** Integer milliseconds UTC. */
  createdAt: Type.Integer(),
});
export type SavedSearch = Type.Static<typeof SavedSearch>;

/** `GET /api/searches`, in the order they were made. A change is told to every tab as `settings`. */
export const SavedSearchList = Type.Object({ searches: Type.Array(SavedSearch) });
export type SavedSearchList = Type.Static<typeof SavedSearchList>;

/** `POST /api/searches`. */
export const NewSavedSearch = Type.Object(
  {
    /** A UUID; asking twice with the same one makes one. */
    id: Type.Optional(Type.String({ maxLength: 100 })),
    name: Name,
    query: Query,
    mode: Type.Optional(SearchMode),
    sort: Type.Optional(SearchSort),
  },
  { additionalProperties: false },
);
export type NewSavedSearch = Type.Static<typeof NewSavedSearch>;

/** `PATCH /api/searches/:id`: changes what it names; null takes mode or sort away. */
export const SavedSearchPatch = Type.Object(
  {
    name: Type.Optional(Name),
    query: Type.Optional(Query),
    mode: Type.Optional(Type.Union([SearchMode, Type.Null()])),
    sort: Type.Optional(Type.Union([SearchSort, Type.Null()])),
  },
  { additionalProperties: false },
);
export type SavedSearchPatch = Type.Static<typeof SavedSearchPatch>;
