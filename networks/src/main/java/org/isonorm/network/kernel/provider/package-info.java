/**
 * Chooses the kernels of a process, says why, and puts oneDNN's together from their parts, a faster
 * one in Java where it pays.
 */
package org.isonorm.network.kernel.provider;
