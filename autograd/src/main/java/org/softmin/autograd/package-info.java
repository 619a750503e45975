/** Gradients, graph to graph: start with {@code Gradients}; the rules are in {@code VjpRules}. */
@NullMarked
package org.softmin.autograd;

import org.jspecify.annotations.NullMarked;
