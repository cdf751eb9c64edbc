package org.isonorm.spark.export;

/**
 * What was written.
 *
 * @param format the format's name
 * @param file where it is
 * @param network the network's name
 * @param parameters numbers that the network is made of
 * @param bytes of the file
 */
public record ExportSummary(
    String format, String file, String network, long parameters, long bytes) {}
