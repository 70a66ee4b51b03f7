import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Stand-ins and the drill have portals of their own and no customer's. */
const OUTSIDE = ['server/sandbox/', 'server/operator/key-drill/'];
const TOUCHES = /\bPortalTx\b|\bportalIds?\b|\bPortalId\b|\bwithPortal\(/;

/**
 * A function of the server that reads or writes what belongs to a portal, named `<file> <function>`, `<file> <class>.<method>` or,
 * for what a `create…` function makes, `<file> <function>().<method>`.
 */
export type Found = {
  name: string;
  file: string;
  parameters: readonly Parameter[];
  /** The arguments of the `create…` function, where it takes one to get at this one. */
  maker?: readonly Parameter[];
  checker: ts.TypeChecker;
  at: ts.Node;
};
type Parameter = { name: string; type: ts.Type };

/** Every exported function, public method and function of an exported constant that has to do with a portal. */
export function findFunctions(): Found[] {
  const files = globSync('server/**/*.ts', { cwd: ROOT })
    .filter((file) => !OUTSIDE.some((folder) => file.startsWith(folder)))
    .filter((file) => TOUCHES.test(readFileSync(path.join(ROOT, file), 'utf8')));
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (name) => readFileSync(name, 'utf8')) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, incremental: false }, ROOT);
  delete options.tsBuildInfoFile;
  const program = ts.createProgram(
    files.map((file) => path.join(ROOT, file)),
    options,
  );
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(path.join(ROOT, file));
    return source ? functionsOf(source, file.replace(/^server\//, ''), checker) : [];
  });
}

function functionsOf(source: ts.SourceFile, file: string, checker: ts.TypeChecker): Found[] {
  const found: Found[] = [];
  const add = (name: string, node: ts.SignatureDeclaration): void => {
    if (!TOUCHES.test(node.getText(source))) return;
    const parameters = node.parameters.map((parameter) => ({
      name: ts.isIdentifier(parameter.name) ? parameter.name.text : '',
      type: checker.getTypeAtLocation(parameter),
    }));
    const one = { name: `${file} ${name}`, file, parameters, checker, at: node };
    found.push(one);
    if (/^create[A-Z]/.test(name)) found.push(...madeBy(one, node));
  };
  for (const statement of source.statements) {
    if (!ts.canHaveModifiers(statement) || !isExported(statement)) continue;
    if (ts.isFunctionDeclaration(statement) && statement.name) add(statement.name.text, statement);
    if (ts.isClassDeclaration(statement) && statement.name)
      for (const member of statement.members)
        if (ts.isMethodDeclaration(member) && !ts.isPrivateIdentifier(member.name))
          add(`${statement.name.text}.${member.name.getText(source)}`, member);
    if (ts.isVariableStatement(statement))
      for (const { name, initializer } of statement.declarationList.declarations)
        if (initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)))
          add(name.getText(source), initializer);
  }
  return found;
}

/** The functions of what a `create…` function answers at once (not what it promises). */
function madeBy(maker: Found, node: ts.SignatureDeclaration): Found[] {
  const { checker } = maker;
  const signature = checker.getSignatureFromDeclaration(node);
  if (!signature) return [];
  return checker.getPropertiesOfType(checker.getReturnTypeOfSignature(signature)).flatMap((property) => {
    const [call] = checker.getTypeOfSymbolAtLocation(property, node).getCallSignatures();
    if (!call) return [];
    const parameters = call.getParameters().map((parameter) => ({
      name: parameter.name,
      type: checker.getTypeOfSymbolAtLocation(parameter, node),
    }));
    return [{ ...maker, name: `${maker.name}().${property.name}`, parameters, maker: maker.parameters }];
  });
}

function isExported(node: ts.HasModifiers): boolean {
  return (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** Values by the names that arguments and their members have. A name that is not here gets a plain value of its type. */
export type World = Record<string, unknown>;

/** Arguments for a function: what the world knows by name, and for the rest the smallest value of the declared type. */
export function argumentsFor({ checker, at }: Found, parameters: readonly Parameter[], world: World): unknown[] {
  return parameters.map(({ name, type }) => valueOf({ checker, world, at }, type, name, 0));
}

export const isInside = ({ parameters, checker }: Found): boolean =>
  parameters.some(({ type }) => /^(PortalTx|Transaction<)/.test(checker.typeToString(type)));

type Making = { checker: ts.TypeChecker; world: World; at: ts.Node };

function valueOf(making: Making, type: ts.Type, name: string, depth: number): unknown {
  if (name in making.world) return making.world[name];
  if (depth > 6) return undefined;
  const text = making.checker.typeToString(type);
  if (text === 'Date') return new Date();
  if (/^(Non)?Buffer\b|^Uint8Array/.test(text)) return Buffer.alloc(32);
  if (type.isUnion()) return valueOfUnion(making, type, name, depth);
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value;
  if (type.flags & ts.TypeFlags.StringLike) return `strange-${name || 'text'}`;
  if (type.flags & ts.TypeFlags.NumberLike) return 1;
  if (type.flags & ts.TypeFlags.BigIntLike) return 1n;
  if (type.flags & ts.TypeFlags.BooleanLike) return true;
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {};
  if (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Null)) return undefined;
  if (making.checker.isArrayType(type) || /^readonly .*\[\]$/.test(text)) {
    const [element] = making.checker.getTypeArguments(type as ts.TypeReference);
    return element ? [valueOf(making, element, name.replace(/s$/, ''), depth + 1)] : [];
  }
  if (type.getCallSignatures().length > 0) return async () => undefined;
  if (/^(Map|ReadonlyMap)</.test(text)) return new Map();
  return objectOf(making, type, depth);
}

function valueOfUnion(making: Making, type: ts.UnionType, name: string, depth: number): unknown {
  const empty = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void;
  const [first] = type.types.filter((one) => (one.flags & empty) === 0);
  return first ? valueOf(making, first, name, depth) : undefined;
}

function objectOf(making: Making, type: ts.Type, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const property of making.checker.getPropertiesOfType(type)) {
    // What may be left out is left out, unless the world has it.
    if (property.flags & ts.SymbolFlags.Optional && !(property.name in making.world)) continue;
    const member = making.checker.getTypeOfSymbolAtLocation(property, making.at);
    made[property.name] = valueOf(making, member, property.name, depth + 1);
  }
  return made;
}
