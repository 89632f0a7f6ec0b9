/**
 * The flags that are declared, as those that a command takes: no more and no fewer, each of a type it takes. The compiler holds that. Without it an optional flag that is declared by another name
 * would compile, and never arrive.
 */
export function exactly<Taken extends object, Declared extends Taken>(
  declared: Declared & Record<OnlyIn<Declared, Taken> | OnlyIn<Taken, Declared>, never>,
): Taken {
  return declared;
}

type OnlyIn<A, B> = Exclude<keyof A, keyof B>;
