/**
 * The laws that ops, gradients, backends, plans and the theory must keep, checked on generated cases.
 *
 * <p>Start with {@link org.softmin.props.OpLaws} and its table {@link org.softmin.props.OpTable}; then
 * {@link org.softmin.props.RandomProgram}, the generator behind all other laws, and
 * {@link org.softmin.props.Enclosure}, which says what a correct result is.
 */
@NullMarked
package org.softmin.props;

import org.jspecify.annotations.NullMarked;
