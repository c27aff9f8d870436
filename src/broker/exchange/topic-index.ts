import type { Message } from '../../protocol/message.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';

class TrieNode {
  readonly parent: TrieNode | undefined;
  readonly word: string;
  readonly children = new Map<string, TrieNode>();
  readonly bindings = new Set<Binding>();
  /** The last matching that reached this node, so that it is visited once a word. */
  visitedIn = 0;

  constructor(parent: TrieNode | undefined, word: string) {
    this.parent = parent;
    this.word = word;
  }
}

/**
 * Matches dot-separated words, where `*` stands for one word and `#` for any number of them (AMQP 0-9-1, section
 * 3.1.3.3). The patterns form a trie. A key walks it as a set of nodes, one step a word, each node once a step:
 * patterns with many `#` cost no more than their number of nodes, whatever the key.
 */
export class TopicIndex implements BindingIndex {
  readonly isKeyed = true;
  private readonly root = new TrieNode(undefined, '');
  private step = 0;

  add(binding: Binding): void {
    let node = this.root;
    for (const word of words(binding.routingKey)) {
      let child = node.children.get(word);
      if (child === undefined) {
        child = new TrieNode(node, word);
        node.children.set(word, child);
      }
      node = child;
    }
    node.bindings.add(binding);
  }

  remove(binding: Binding): void {
    let node: TrieNode | undefined = this.root;
    for (const word of words(binding.routingKey)) node = node?.children.get(word);
    node?.bindings.delete(binding);
    while (node?.parent !== undefined && node.bindings.size === 0 && node.children.size === 0) {
      node.parent.children.delete(node.word);
      node = node.parent;
    }
  }

  match(routingKeys: readonly string[], _message: Message, into: MatchedBinding[]): void {
    for (const routingKey of routingKeys) this.matchKey(routingKey, into);
  }

  private matchKey(routingKey: string, into: MatchedBinding[]): void {
    let active: TrieNode[] = [];
    this.step++;
    this.visit(this.root, active);
    for (const word of words(routingKey)) {
      const next: TrieNode[] = [];
      this.step++;
      for (const node of active) {
        if (node.word === '#' && node.parent !== undefined) this.visit(node, next);
        this.visit(node.children.get(word), next);
        if (word !== '*') this.visit(node.children.get('*'), next);
      }
      active = next;
    }
    for (const node of active) for (const binding of node.bindings) into.push(binding);
  }

  /** Makes the node active, with the `#` behind it, which may stand for no word at all. */
  private visit(node: TrieNode | undefined, active: TrieNode[]): void {
    let reached = node;
    while (reached !== undefined && reached.visitedIn !== this.step) {
      reached.visitedIn = this.step;
      active.push(reached);
      reached = reached.children.get('#');
    }
  }
}

/** An empty key has no words at all; `a..b` has an empty one in the middle. */
function words(key: string): string[] {
  return key === '' ? [] : key.split('.');
}
