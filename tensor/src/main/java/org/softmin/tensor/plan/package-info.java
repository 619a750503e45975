/**
 * The passes between a program and a backend, the same for CPU and GPU. Read them in the order in which they run:
 * {@link org.softmin.tensor.plan.Verifier}, {@link org.softmin.tensor.plan.Simplify}, {@link
 * org.softmin.tensor.plan.Decompose}, {@link org.softmin.tensor.plan.Schedule}, {@link
 * org.softmin.tensor.plan.MemoryPlan}.
 */
@NullMarked
package org.softmin.tensor.plan;

import org.jspecify.annotations.NullMarked;
